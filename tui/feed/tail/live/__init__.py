"""Live Tail: its sessions, how many a group has, and what they leave out."""
