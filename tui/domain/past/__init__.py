"""What has been: outages, conditions over time, negotiations, changes and notes."""
