"""Tests of the command line's form and output."""
