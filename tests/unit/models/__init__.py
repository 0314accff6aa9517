"""Tests of what models share."""
