"""The widgets: bars, board, messages, documents, prompt."""
