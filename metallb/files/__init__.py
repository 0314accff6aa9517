"""Files on disk: a bounded reader, and a place of one's own."""
