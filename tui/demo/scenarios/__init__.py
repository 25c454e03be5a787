"""The scenarios of the demo: their files and the player that acts them out."""
