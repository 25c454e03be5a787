"""What `wait` and `accept` say: conditions, a live list, a protocol."""
