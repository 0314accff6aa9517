"""What every command line of this repository shares: its options and its interrupts."""
