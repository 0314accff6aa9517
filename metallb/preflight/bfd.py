"""Rules about bfd."""
