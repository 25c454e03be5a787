"""What the program says about a fleet, as values without Textual or AWS, which both front ends render."""
