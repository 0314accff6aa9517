"""What docs/contributing.md says of five changes, as changes to a copy of the repository."""
