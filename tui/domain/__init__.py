"""What tunnels are and what their logs mean: standard library only, no clock, no I/O."""
