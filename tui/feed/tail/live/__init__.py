"""Live Tail: its sessions, their number per group, and what they leave out."""
