"""Measurements, never tests: each prints ratios of two things measured in one run."""
