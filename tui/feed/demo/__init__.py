"""A loopback endpoint that speaks the AWS protocols, and the scenarios it plays."""
