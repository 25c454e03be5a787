"""The AWS client: calls, errors, credentials, and the `sessions` of the libraries below it."""
