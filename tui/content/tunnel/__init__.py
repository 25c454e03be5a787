"""What the details of a tunnel say: its trouble, its facts, its negotiation."""
