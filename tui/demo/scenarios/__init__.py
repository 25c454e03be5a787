"""What happens in a demo: scenario files, and what plays them."""
