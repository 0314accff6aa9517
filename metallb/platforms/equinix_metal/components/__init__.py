"""Pulumi components of a project: blocks, sessions, and look-ups of devices."""
