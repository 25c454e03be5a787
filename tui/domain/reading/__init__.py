"""From text to events: log lines, stream names, and whatever was pasted."""
