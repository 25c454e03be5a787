"""The conclusions of `doctor`: facts in, findings out. Pure, like the rest of the domain."""
