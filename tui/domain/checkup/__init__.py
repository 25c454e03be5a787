"""What `doctor` makes of what it found out: facts in, findings out. Pure, like the rest of the domain."""
