"""FilterLogEvents: the record, read page by page until no gap is left."""
