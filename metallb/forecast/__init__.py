"""What a change or a failure does to sessions, routes and addresses, before it happens. Pure."""
