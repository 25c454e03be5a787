"""One module for each AWS service that the server speaks for."""
