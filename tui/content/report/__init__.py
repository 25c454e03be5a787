"""A report: its figures, its words and its formats."""
