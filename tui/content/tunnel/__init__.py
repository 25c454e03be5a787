"""The details of a tunnel: its trouble, its facts, its negotiation."""
