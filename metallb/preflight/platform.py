"""Rules about platform."""
