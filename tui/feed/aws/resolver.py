"""Host names looked up on threads that nothing waits for.

aiohttp looks them up in the event loop's executor, whose threads a program joins as it ends. Where no name server
answers, each exit would take as long as the system goes on asking: 20 s and more. Importing this imports aiohttp.
"""

import asyncio
import socket
from threading import Thread
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

Addresses = list[Any]
"""What `socket.getaddrinfo` returns."""


class Resolver(AbstractResolver):
    """Looks up host names as the system does."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raises OSError where it has none."""
        outcome: asyncio.Future[Addresses] = asyncio.get_running_loop().create_future()
        Thread(target=_look_up, args=(outcome, host, port, family), name=f"look up {host}", daemon=True).start()
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=address[0], port=address[1], family=kind, proto=protocol, flags=numeric)
            for kind, _, protocol, _, address in await outcome
        ]

    async def close(self) -> None:
        """Do nothing: a look-up ends by itself, whether or not anybody still waits for it."""


def _look_up(outcome: "asyncio.Future[Addresses]", host: str, port: int, family: int) -> None:
    try:
        addresses = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except (OSError, UnicodeError) as error:
        _settle(outcome, error)
    else:
        _settle(outcome, addresses)


def _settle(outcome: "asyncio.Future[Addresses]", result: Addresses | Exception) -> None:
    """Set the result from the thread that has it, unless nobody waits for it any more."""

    def settle() -> None:
        if outcome.done():
            return
        if isinstance(result, Exception):
            outcome.set_exception(result)
        else:
            outcome.set_result(result)

    try:
        outcome.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:  # the loop is closed
        return
