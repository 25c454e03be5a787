"""The commands, one a file, each put together from its parts.

They import what they need when they run, so that each loads only its own front end: Textual costs 180 ms, the AWS
libraries 280 ms.
"""
