"""What every model of a section or object shares: strict, described fields, encrypted values."""
