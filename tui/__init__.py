"""Watch AWS Site-to-Site VPN tunnels live from their CloudWatch Logs."""

__version__ = "0.1.0"
