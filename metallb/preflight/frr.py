"""Rules about frr."""
