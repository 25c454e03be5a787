"""The past: outages, conditions over time, negotiations, changes and notes."""
