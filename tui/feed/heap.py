"""glibc told to give memory back: pages of events and answers of EC2 take megabytes for a moment, again and again.

By itself it keeps blocks as large as the largest that was ever freed in its heap, one heap a thread, where small blocks
that live on pin them: 80 MB of a watch of 2,000 tunnels.
"""

from typing import Final

_MMAP_THRESHOLD: Final = (-3, 128 << 10)
"""Bytes from which a block is mapped by itself, and goes when it is freed. To set it keeps it from growing."""
_ARENA_MAX: Final = (-8, 1)
"""Heaps: threads of Python seldom allocate at the same time."""


def keep_heap_small() -> None:
    """Set it for the whole process (mallopt(3)); nothing where the C library is another one."""
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in (_MMAP_THRESHOLD, _ARENA_MAX):
            mallopt(parameter, value)
