"""Logs Insights: a faithful subset of its query language, and the calls that run queries."""
