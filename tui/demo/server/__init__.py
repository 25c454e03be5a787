"""The wire protocols of CloudWatch Logs, EC2 and STS, served on loopback."""
