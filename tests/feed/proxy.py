"""A forward proxy for plain HTTP that lets selected requests through, like a company's."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from urllib.parse import urlsplit

_REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\nConnection: close\r\n\r\nNot here."


@asynccontextmanager
async def proxy(*, refuses: Callable[[bytes], bool] = lambda head: False) -> AsyncIterator[str]:
    """Yield the URL of a proxy that answers requests whose head `refuses` matches itself, with status 403."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            if refuses(head):
                writer.write(_REFUSAL)
            else:
                await _forward(head, body, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def _length(head: bytes) -> int:
    names = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next((int(value) for name, _, value in names if name == b"content-length"), 0)


async def _forward(head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
    method, url, rest = head.split(b" ", 2)
    parts = urlsplit(url.decode())
    upstream, onward = await asyncio.open_connection(parts.hostname, parts.port)
    version, _, headers = rest.partition(b"\r\n")
    start = b" ".join((method, parts.path.encode() or b"/", version))
    with closing(onward):
        onward.write(start + b"\r\nConnection: close\r\n" + headers + body)
        while data := await upstream.read(65_536):
            writer.write(data)
            await writer.drain()
