"""Tests of what an update left behind."""
