"""Parsing: log lines, stream names and pasted text become events."""
