"""The look-back read with CloudWatch Logs Insights: AWS searches weeks of logs and returns only what matters."""
