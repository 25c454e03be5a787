"""The commands that print: no textual."""
