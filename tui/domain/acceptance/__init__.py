"""The criteria for the end of a wait or a cutover: gates, conditions, rekeys, expected prefixes."""
