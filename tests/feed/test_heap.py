"""What glibc is told of memory holds for blocks of a size that was freed before."""

import ctypes

from tui.feed.heap import keep_heap_small


class Heap(ctypes.Structure):
    """The beginning of glibc's `struct mallinfo2` (mallinfo(3))."""

    _fields_ = [(name, ctypes.c_size_t) for name in (*"abcd", "mapped", *"efghi")]


def mapped() -> int:
    """Return the bytes of blocks that are mapped by themselves."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = Heap
    return int(mallinfo2().mapped)


def test_a_large_block_is_given_back_also_after_a_larger_one_was_freed() -> None:
    keep_heap_small()
    before = mapped()
    bytearray(10_000_000)
    large = bytearray(300_000)
    assert mapped() - before >= 300_000
    del large
    assert mapped() == before
