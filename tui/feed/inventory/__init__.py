"""What exists: VPN connections, tunnel options and status, log groups, and which of them were selected."""
