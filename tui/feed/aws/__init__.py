"""The AWS client: calls, errors, credentials, response parsing."""
