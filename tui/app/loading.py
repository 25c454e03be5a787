"""The first seconds, in which nearly all that is made lives on."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def garbage_kept_for(seconds: float) -> Iterator[None]:
    """Collect no garbage for so long within this block: what is imported and read meanwhile lives on.

    To look through it again and again takes a twentieth of the time to the first states. The collector leaves alone
    from then on what there is by then. Needs a running event loop.
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
