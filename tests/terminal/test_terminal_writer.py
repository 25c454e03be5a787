"""The terminal's writer never blocks, keeps the order, and holds little."""

import os
import resource

from tui.app.terminal.terminal_writer import MOST_WAITING, TerminalWriter

PIPE = 1 << 16
"""Bytes that a pipe takes from nobody to nobody."""


def read_all(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read()


def test_texts_arrive_whole_and_in_order() -> None:
    end, beginning = os.pipe()
    writer = TerminalWriter(beginning)
    texts = [f"{number} ünïcode\n" for number in range(500)]
    for text in texts:
        writer.write(text)
    writer.close(timeout=20)
    os.close(beginning)
    assert read_all(end).decode() == "".join(texts)
    assert writer.lag == 0


def test_what_waits_for_a_reader_is_bounded_and_can_be_dropped() -> None:
    end, beginning = os.pipe()
    writer = TerminalWriter(beginning)
    for _ in range(3 * MOST_WAITING):
        writer.write("x" * resource.getpagesize())
    assert writer.lag > 0
    writer.discard()
    writer.write("the end")
    writer.close(timeout=0)
    written = b""
    while not written.endswith(b"the end"):
        written += os.read(end, PIPE)
    assert len(written) <= 2 * PIPE
    os.close(end)
    os.close(beginning)


def test_no_more_than_the_limit_waits() -> None:
    end, beginning = os.pipe()
    writer = TerminalWriter(beginning)
    writer.write("x" * 2 * PIPE)  # nobody reads: this one is being written from now on
    for _ in range(2 * MOST_WAITING):
        writer.write("y")
    writer.close(timeout=0)
    written = b""
    while written.count(b"y") < MOST_WAITING - 1:
        written += os.read(end, PIPE)
    os.set_blocking(end, False)
    assert written.count(b"y") == MOST_WAITING - 1
    os.close(end)
    os.close(beginning)


def test_a_terminal_that_was_closed_swallows_everything() -> None:
    end, beginning = os.pipe()
    os.close(end)
    writer = TerminalWriter(beginning)
    writer.write("lost")
    writer.close(timeout=20)
    os.close(beginning)
    assert writer.lag == 0
