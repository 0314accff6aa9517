"""What happens to traffic when a part fails or changes: measured, and set against its bound."""
