"""How events come from CloudWatch Logs: FilterLogEvents and Live Tail, merged so that each event comes once."""
