"""What can be wrong, as data: problems, their codes, and each form in which they are shown."""
