"""The meaning of the messages in AWS's VPN logs and the commands of customer gateways, as data, with the lookups."""
