"""Reads events from CloudWatch Logs: FilterLogEvents and Live Tail, merged so that each event arrives once."""
