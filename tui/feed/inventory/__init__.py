"""The inventory: VPN connections, tunnel options and status, log groups, and the selection among them."""
