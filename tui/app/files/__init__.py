"""The files that the user writes with keys."""
