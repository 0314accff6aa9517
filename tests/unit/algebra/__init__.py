"""Tests of the algebra: mostly properties."""
