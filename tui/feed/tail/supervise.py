"""One task for each thing that wants looking after, while it does."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Never, TypeVar

Key = TypeVar("Key")


async def supervise(
    wanted: Callable[[], Iterable[Key]],
    work: Callable[[Key], Coroutine[Any, Any, Never]],
    changed: asyncio.Event,
) -> Never:
    """Keep `work(key)`, which never returns, running for every key that is `wanted`; never returns either.

    It looks again whenever `changed` is set. A key that is no longer wanted has its task cancelled; a task that fails
    ends all.
    """
    tasks: dict[Key, asyncio.Task[Never]] = {}
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
