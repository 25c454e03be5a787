"""Masking: what identifies somebody is replaced by an alias before anything else sees it."""
