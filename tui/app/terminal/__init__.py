"""The layer between Textual and the terminal: the driver, what is sent, colours, encodings."""
