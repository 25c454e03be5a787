"""A server on loopback that speaks the wire protocols of CloudWatch Logs, EC2, STS and other services."""
