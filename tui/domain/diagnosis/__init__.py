"""Diagnosis: from a tunnel's history to a named cause: what is wrong, how we know, who must change what."""
