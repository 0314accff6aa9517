"""What an interrupted update left at the provider, and what makes it right. Pure."""
