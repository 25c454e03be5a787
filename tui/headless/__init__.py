"""The commands that print. Nothing here imports Textual."""
