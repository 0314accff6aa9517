"""Tests of racks as a platform."""
