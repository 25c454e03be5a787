"""Text as values: blocks, lines, cells, tones and symbols, whatever they say."""
