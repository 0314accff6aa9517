"""Tests of YAML that is written."""
