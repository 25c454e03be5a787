"""`tunnelwatch serve`: the screen in browsers, with textual-serve. Each viewer has a process of the program.

The server listens on loopback only, and admits only holders of the token. Attacks from another page in the same browser
are refused: a different host name that resolves here (DNS rebinding), a websocket from another origin, a frame around
the page.
"""

import hmac
import json
import secrets
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import aiohttp_jinja2
import jinja2
from aiohttp import WSMessage, WSMsgType, web
from aiohttp.typedefs import Handler, Middleware
from textual_serve.app_service import AppService
from textual_serve.server import Server

_TOKEN: Final = "token"  # noqa: S105 - the name of a parameter
_HOSTS: Final = ("127.0.0.1", "localhost", "[::1]")
"""Names of this machine. The port is not checked: an SSH tunnel may lead here from any port."""
_MOST_VIEWERS: Final = 8
"""Maximum number of viewers: each reads the logs separately, within the account's quotas."""
_WIDEST, _HIGHEST = 1_000, 500
"""Maximum size of a viewer's terminal in cells: the screen's memory grows with it."""
_LAST_WAIT: Final = 0.5
"""Seconds that viewers have at the end before their screens are stopped."""
_HEADERS: Final = {
    # textual-serve's page loads a font from Google: nobody outside may learn who watches what.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def serve_screen(
    command: Sequence[str], *, port: int, until: Callable[[], Awaitable[None]], on_ready: Callable[[str], object]
) -> None:
    """Serve what `command` shows while `until` runs; `on_ready` receives the address with its token.

    Raises OSError if the port is taken.
    """
    token = secrets.token_urlsafe(24)
    runner = web.AppRunner(_application(command, token), access_log=None, shutdown_timeout=_LAST_WAIT)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        on_ready(f"http://127.0.0.1:{runner.addresses[0][1]}/?{_TOKEN}={token}")
        await until()
    finally:
        await runner.cleanup()


class _FilteredSocket:
    """A viewer's websocket, from which only messages arrive that textual-serve's page can send."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self.send_json = socket.send_json

    async def __aiter__(self) -> AsyncIterator[WSMessage]:
        async for message in self._socket:
            if _is_possible(message):
                yield message


class _CheckingServer(Server):
    """textual-serve, which passes on whatever a viewer sends: a senseless size ended the viewer's process."""

    async def _process_messages(self, websocket: Any, app_service: AppService) -> None:
        await super()._process_messages(_FilteredSocket(websocket), app_service)  # type: ignore[arg-type] # it uses no other members


def _is_possible(message: WSMessage) -> bool:
    if message.type is not WSMsgType.TEXT:
        return False
    try:
        match json.loads(message.data):
            case ["stdin", str(text)]:
                return bool(text.encode())  # a lone surrogate cannot be encoded
            case ["ping", _] | ["blur" | "focus", *_]:
                return True
            case ["resize", {"width": int(width), "height": int(height)}]:
                return _is_size(width, height)
    except (ValueError, RecursionError):
        pass
    return False


def _is_size(width: int, height: int) -> bool:
    return 0 < width <= _WIDEST and 0 < height <= _HIGHEST


def _cells(request: web.Request, name: str, usual: str) -> int:
    """Return a number of cells from the address; 0 for what is none."""
    text = request.query.get(name, usual)
    return int(text) if len(text) < 10 and text.isdecimal() else 0


def _application(command: Sequence[str], token: str) -> web.Application:
    server = _CheckingServer(shlex.join(command), title="tunnelwatch")
    viewers = 0

    @aiohttp_jinja2.template("app_index.html")
    async def page(request: web.Request) -> dict[str, Any]:
        return {
            "font_size": 16,
            "app_websocket_url": f"ws://{request.host}/ws",
            "config": {"static": {"url": "/static/"}},
            "application": {"name": "tunnelwatch"},
        }

    async def screen(request: web.Request) -> web.StreamResponse:
        nonlocal viewers
        if request.headers.get("Origin") != f"http://{request.host}":
            raise web.HTTPForbidden(text="This page does not belong to this server.")
        if not _is_size(_cells(request, "width", "80"), _cells(request, "height", "24")):
            raise web.HTTPBadRequest(text=f"The terminal must have at most {_WIDEST:,} by {_HIGHEST} cells.")
        if viewers >= _MOST_VIEWERS:
            raise web.HTTPServiceUnavailable(text=f"{_MOST_VIEWERS} viewers are already connected.")
        viewers += 1
        try:
            return await server.handle_websocket(request)
        finally:
            viewers -= 1

    application = web.Application(middlewares=[_guard(token)])
    application.on_response_prepare.append(_put_headers)
    aiohttp_jinja2.setup(application, loader=jinja2.FileSystemLoader(server.templates_path))
    application.add_routes([web.get("/", page), web.get("/ws", screen), web.static("/static", server.statics_path)])
    return application


def _guard(token: str) -> Middleware:
    """Return the middleware that admits holders of the token: from the address at first, later from a cookie."""
    cookie = f"tunnelwatch-{secrets.token_hex(4)}"  # cookies ignore ports: two servers must not replace each other's

    def knows(text: str) -> bool:
        return hmac.compare_digest(text.encode(), token.encode())

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (request.host.rpartition(":")[0] or request.host) not in _HOSTS:
            raise web.HTTPForbidden(text="This server answers only as 127.0.0.1 or localhost.")
        if knows(request.query.get(_TOKEN, "")):
            response: web.StreamResponse = web.HTTPFound("/")
            response.set_cookie(cookie, token, httponly=True, samesite="Lax")
            return response
        if not knows(request.cookies.get(cookie, "")):
            raise web.HTTPForbidden(text="Open the address that `tunnelwatch serve` has printed.")
        return await handler(request)

    return guard


async def _put_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers of every answer."""
    response.headers.update(_HEADERS)
