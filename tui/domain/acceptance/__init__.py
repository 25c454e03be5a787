"""When a wait or a cutover is over: gates, conditions, rekeys, expected prefixes."""
