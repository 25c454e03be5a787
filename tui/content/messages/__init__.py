"""Messages and news as values: events, changes, notes, folded chatter."""
