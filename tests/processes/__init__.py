"""Processes that run the program: real ones, most of them forked from one that has imported it already."""
