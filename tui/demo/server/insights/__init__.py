"""Logs Insights: its query language, as a small but true subset, and the calls that run queries."""
