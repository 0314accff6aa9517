"""Tests of the program's edges that need no engine."""
