"""The board as values and as lines."""
