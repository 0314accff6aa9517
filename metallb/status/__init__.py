"""What a stack's cluster really does: sessions, pools, services, configuration, drift."""
