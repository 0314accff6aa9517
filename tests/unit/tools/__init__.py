"""Tests of what builds and measures."""
