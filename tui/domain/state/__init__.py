"""What the events make of a tunnel: its state, its history, and all tunnels together."""
