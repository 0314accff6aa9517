"""Tests of the repository itself: imports, words, platforms."""
