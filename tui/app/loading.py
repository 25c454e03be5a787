"""Suspends garbage collection in the first seconds, when nearly all new objects stay alive."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def garbage_kept_for(seconds: float) -> Iterator[None]:
    """Suspend garbage collection for at most this time within this block.

    Scanning the objects of imports and first reads again and again takes a twentieth of the time to the first states.
    Whatever exists at the end is excluded from collection from then on. Needs a running event loop.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    later = asyncio.get_running_loop().call_later(seconds, _collect_again)
    try:
        yield
    finally:
        later.cancel()
        gc.enable()


def _collect_again() -> None:
    gc.freeze()
    gc.enable()
