"""Work on threads that nothing waits for.

The event loop's own executor is joined when a program ends: with a name server or server that never answers, every exit
would take as long as the system keeps trying, 20 s and more.
"""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


async def on_daemon_thread(name: str, work: Callable[[], T]) -> T:
    """Return what `work` returns on its own thread, or raise what it raises.

    If the caller is cancelled, the thread continues and its result is discarded.
    """
    outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    Thread(target=copy_context().run, args=(_run, outcome, work), name=name, daemon=True).start()
    return await outcome


def _run(outcome: "asyncio.Future[Any]", work: Callable[[], object]) -> None:
    try:
        result = work()
    except Exception as error:
        _settle(outcome, outcome.set_exception, error)
    else:
        _settle(outcome, outcome.set_result, result)


def _settle(outcome: "asyncio.Future[Any]", settle: Callable[[Any], object], result: object) -> None:
    """Settle the future in its loop, unless nobody waits for it any more."""

    def settle_if_awaited() -> None:
        if not outcome.done():
            settle(result)

    try:
        outcome.get_loop().call_soon_threadsafe(settle_if_awaited)
    except RuntimeError:  # the loop is closed
        return
