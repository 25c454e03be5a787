"""What is said of a fleet, as values without Textual or AWS: both front ends render it."""
