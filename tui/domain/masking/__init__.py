"""Masking: identifiers are replaced by aliases before anything else sees them."""
