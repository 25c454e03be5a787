"""State: what the events imply for a tunnel, its history, and all tunnels together."""
