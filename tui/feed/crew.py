"""One task for each thing that wants looking after, while it does."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

Key = TypeVar("Key")


async def staff(
    wanted: Callable[[], Iterable[Key]],
    work: Callable[[Key], Coroutine[Any, Any, None]],
    changed: asyncio.Event,
) -> None:
    """Keep `work(key)` running for every key that is `wanted`, looking again whenever `changed` is set; never returns.

    A key that is no longer wanted has its task cancelled. A task that ends or fails by itself is a fault of ours or the
    end of the session: it ends the crew.
    """
    tasks: dict[Key, asyncio.Task[None]] = {}
    async with asyncio.TaskGroup() as group:
        while True:
            changed.clear()
            keys = list(wanted())
            for gone in [key for key in tasks if key not in keys]:
                tasks.pop(gone).cancel()
            for key in keys:
                if key not in tasks:
                    tasks[key] = group.create_task(work(key))
            await changed.wait()
