"""Makes glibc return memory: pages of events and EC2's answers briefly take megabytes, again and again.

By default it retains blocks as large as the largest ever freed in its heap, one heap per thread, pinned by small
long-lived blocks: 80 MB in a watch of 2,000 tunnels.
"""

from typing import Final

_MMAP_THRESHOLD: Final = (-3, 32 << 10)
"""The size in bytes from which a block is mapped separately, and unmapped when freed. Setting it stops its growth."""
_ARENA_MAX: Final = (-8, 1)
"""The number of heaps: Python's threads seldom allocate at the same time."""


def keep_heap_small() -> None:
    """Configure malloc for the whole process (mallopt(3)); does nothing with another C library."""
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in (_MMAP_THRESHOLD, _ARENA_MAX):
            mallopt(parameter, value)
