"""The signals that end the program: SIGTERM, SIGHUP (the terminal was closed) and SIGINT (ctrl+c)."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_ENDING: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


@contextmanager
def on_ending_signal(end: Callable[[], object]) -> Iterator[None]:
    """Call `end` on each signal that ends a program, within this block. `end` may be called more than once.

    By default these signals kill the process without closing a session or restoring the terminal. Signals that are
    ignored stay ignored, as nohup and background jobs ask. `end` runs in the signal's handler, between two instructions
    of the main thread, and may raise; a running event loop must be woken with `call_soon_threadsafe`.
    """
    with on_signal(lambda number: end()):
        yield


@contextmanager
def on_signal(end: Callable[[int], object]) -> Iterator[None]:
    """Do the same as `on_ending_signal`, but pass the number of the signal to `end`."""

    def handle(number: int, frame: FrameType | None) -> None:
        end(number)

    before = {number: signal.getsignal(number) for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
