"""Sets of events compared by a sum. The screen imports this without the sites: a server is no part of its cost."""

from zlib import crc32


def digest(stream: str, at: int, message: str) -> int:
    """Return a number for an event such that sums of them show whether two sets of events are equal."""
    return crc32(f"{stream} {at} {message}".encode())
