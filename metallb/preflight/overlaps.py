"""Rules about overlaps."""
