"""Host names looked up on threads that nobody waits for.

aiohttp looks them up in the event loop's executor, whose threads a program joins as it ends: where no name server
answers, every ending would take as long as the system goes on asking, 20 s and more. Importing this imports aiohttp.
"""

import asyncio
import socket
from threading import Thread
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult


class Resolver(AbstractResolver):
    """Looks each name up as the system does."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raises OSError where it has none."""
        found: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        Thread(target=_look_up, args=(found, host, port, family), name=f"look up {host}", daemon=True).start()
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=place[0], port=place[1], family=kind, proto=protocol, flags=numeric)
            for kind, _, protocol, _, place in await found
        ]

    async def close(self) -> None:
        """Do nothing: a look-up ends by itself, heard or not."""


def _look_up(found: "asyncio.Future[list[Any]]", host: str, port: int, family: int) -> None:
    try:
        places = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except (OSError, UnicodeError) as error:
        _tell(found, error)
    else:
        _tell(found, places)


def _tell(found: "asyncio.Future[list[Any]]", outcome: list[Any] | Exception) -> None:
    def settle() -> None:
        if found.done():  # nobody waits any more
            return
        if isinstance(outcome, Exception):
            found.set_exception(outcome)
        else:
            found.set_result(outcome)

    try:
        found.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:  # the loop is closed
        return
