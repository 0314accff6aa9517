"""Rules about native."""
