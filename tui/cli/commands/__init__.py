"""The commands, one per file.

A command imports what it needs when it runs, so that it loads only its own front end: Textual costs 180 ms, the AWS
libraries 280 ms.
"""
