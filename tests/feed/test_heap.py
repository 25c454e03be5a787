"""The settings for glibc's memory apply to blocks of a size that was freed before."""

import ctypes

from tui.feed.heap import keep_heap_small


class Heap(ctypes.Structure):
    """The beginning of glibc's `struct mallinfo2` (mallinfo(3))."""

    _fields_ = [(name, ctypes.c_size_t) for name in (*"abcd", "mapped", *"efg", "free", "h")]


def heap() -> Heap:
    """Return the bytes of blocks that are mapped by themselves, and those that are free between others."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = Heap
    result: Heap = mallinfo2()
    return result


def test_a_large_block_is_given_back_also_after_a_larger_one_was_freed() -> None:
    keep_heap_small()
    bytearray(10_000_000)
    before = heap()
    large = [bytearray(300_000) for _ in range(before.free // 300_000 + 2)]  # more than what is free has room for
    assert heap().mapped - before.mapped >= 300_000
    del large
    assert heap().mapped == before.mapped
