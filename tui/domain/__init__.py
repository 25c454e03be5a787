"""What tunnels are, what their logs mean: standard library only, no clock, no I/O."""
