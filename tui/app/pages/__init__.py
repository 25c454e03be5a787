"""The pages that cover the main screen."""
