"""Text as values: blocks, lines, cells, tones and symbols, independent of their contents."""
