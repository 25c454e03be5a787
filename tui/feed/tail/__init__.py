"""How events come, each once and without gaps: Live Tail, FilterLogEvents, and the merge of the two."""
