"""The widgets: bars, board, messages, documents, a line to write in."""
