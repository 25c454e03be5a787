"""The screen: the only package that imports textual; no AWS libraries."""
