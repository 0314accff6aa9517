"""Rules about communities."""
