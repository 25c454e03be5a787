"""One module for each AWS service that the server implements."""
