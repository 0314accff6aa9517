"""Tests of files that are read, and of places of one's own."""
