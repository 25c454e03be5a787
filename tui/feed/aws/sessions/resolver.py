"""Looks up host names on threads that nothing waits for. Importing this imports aiohttp."""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from tui.feed.aws.sessions.daemon_thread import on_daemon_thread


class Resolver(AbstractResolver):
    """Looks up host names as the system does."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raises OSError if it has none."""
        addresses = await on_daemon_thread(
            f"look up {host}",
            lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG),
        )
        numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=numeric)
            for kind, _, protocol, _, address in addresses
        ]

    async def close(self) -> None:
        """Do nothing: a lookup ends by itself, whether or not anything still waits for it."""
