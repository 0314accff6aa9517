"""The wheel in an environment of its own, in a folder outside the repository."""
