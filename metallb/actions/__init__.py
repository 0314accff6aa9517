"""What the larger commands do. `metallb.commands` has their command lines, and loads these late."""
