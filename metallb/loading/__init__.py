"""From what a person types to a stack: file, configuration, recorded facts, engine's settings."""
