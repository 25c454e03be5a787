"""The files that keys write."""
