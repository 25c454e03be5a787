"""The look-back read by CloudWatch Logs Insights: AWS goes through weeks of logs, and only what tells comes back."""
