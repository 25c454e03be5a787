"""Runs one task for each key of a changing set."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Never, TypeVar

Key = TypeVar("Key")


async def supervise(
    wanted: Callable[[], Iterable[Key]],
    work: Callable[[Key], Coroutine[Any, Any, Never]],
    changed: asyncio.Event,
) -> Never:
    """Keep `work(key)` running for every key that is `wanted`, until cancelled; `work` must never return.

    `wanted` is called again whenever `changed` is set. The task of a key that is no longer wanted is cancelled and
    awaited, so that a key never has two tasks, even if it is wanted again at once. A task that fails ends all others;
    the exceptions are raised as a group.
    """
    tasks: dict[Key, asyncio.Task[Never]] = {}
    async with asyncio.TaskGroup() as group:
        while True:
            changed.clear()
            keys = list(wanted())
            if stopping := [tasks.pop(key) for key in [*tasks] if key not in keys]:
                for task in stopping:
                    task.cancel()
                await asyncio.wait(stopping)
            for key in keys:
                if key not in tasks:
                    tasks[key] = group.create_task(work(key))
            await changed.wait()
