"""Rules about advertisements."""
