"""Tests from a typed name to a loaded stack."""
