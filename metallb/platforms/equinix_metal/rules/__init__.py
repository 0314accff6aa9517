"""Rules about devices, blocks and sessions of a project."""
