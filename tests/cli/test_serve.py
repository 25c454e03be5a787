"""`serve` shows the screen to whoever has its address, and to nobody else; a viewer changes nothing."""

import asyncio
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import click
import pyte
import pytest

from tests.accounts import account, options_for
from tests.pipes import run_piped
from tui.cli.program import commands
from tui.demo.server.endpoint import Endpoint, serve_in_thread

PATIENCE = 20
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

NONSENSE = [
    "x",
    "7",
    "[]",
    "[" * 9_000,
    '["stdin", 5]',
    '["stdin", "\\ud800"]',
    '["resize", {"width": "a", "height": -5}]',
    '["resize", {"width": 1000000000, "height": 1000000000}]',
]
"""What textual-serve's own page never sends."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A running `serve`: its address without and with the token."""

    root: str
    address: str
    endpoint: Endpoint

    @property
    def host(self) -> str:
        return self.root.removeprefix("http://")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    with pytest.MonkeyPatch.context() as patch, serve_in_thread(account()) as endpoint:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.chdir(tmp_path_factory.mktemp("work"))
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        with run_piped("-m", "tui", "serve", "--source", "poll", *options_for(endpoint)) as serve:
            address = serve.stdout.readline().removeprefix("Reading along: ").strip()
            yield Shared(address.partition("/?")[0], address, endpoint)
            serve.process.send_signal(signal.SIGTERM)
            assert serve.process.wait(PATIENCE) == 0
            assert serve.stderr.read() == ""


class Viewer:
    """The contents of a browser's terminal, from the frames of the websocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._screen = pyte.Screen(100, 30)  # as the websocket's address says
        self._stream = pyte.ByteStream(self._screen)
        self.has_ended = False

    async def press(self, keys: str) -> None:
        await self._socket.send_json(["stdin", keys])

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)

    async def wait_for(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while text not in "\n".join(self._screen.display):
                message = await self._socket.receive()
                if message.type is aiohttp.WSMsgType.BINARY:
                    self._stream.feed(re.sub(rb"\x1b\[[<>=?][0-9;]*u|\x1b\[\?[0-9;]*\$p", b"", message.data))
                else:
                    assert message.type is aiohttp.WSMsgType.TEXT, self._screen.display

    async def wait_for_the_end(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while (await self._socket.receive()).type not in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE):
                pass


async def signed_in(session: aiohttp.ClientSession, shared: Shared) -> None:
    async with session.get(shared.address) as page:
        assert page.status == 200
        assert str(page.url) == f"{shared.root}/"  # the token is not left in the address


def client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def status(session: aiohttp.ClientSession, url: str, **headers: str) -> int:
    async with session.get(url, headers={name.title(): value for name, value in headers.items()}) as answer:
        return answer.status


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", "/?token=", "/?token=x", "/download/x"])
async def test_without_the_token_there_is_nothing(shared: Shared, path: str) -> None:
    async with client() as session:
        assert await status(session, shared.root + path) == 403


async def test_with_the_token_the_page_comes_and_tells_nobody_else(shared: Shared) -> None:
    async with client() as session:
        await signed_in(session, shared)
        async with session.get(shared.root) as page:
            assert "default-src 'self'" in page.headers["Content-Security-Policy"]
            assert page.headers["Referrer-Policy"] == "no-referrer"
            assert f"ws://{shared.host}/ws" in await page.text()
        assert await status(session, f"{shared.root}/static/js/textual.js") == 200


async def test_another_name_that_leads_here_is_refused_also_with_the_token(shared: Shared) -> None:
    async with client() as session:
        assert await status(session, shared.address, host="evil.example") == 403
        assert await status(session, shared.address, host="127.0.0.1.evil.example:80") == 403
        assert await status(session, shared.address, host="localhost:8080") == 200  # a tunnel of SSH


@pytest.mark.parametrize("size", ["width=1000000000", "height=1000000000", "width=0", "height=-1", "width=x"])
async def test_a_screen_of_no_possible_size_is_refused(shared: Shared, size: str) -> None:
    async with client() as session:
        await signed_in(session, shared)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
            await session.ws_connect(f"{shared.root}/ws?{size}", headers={"Origin": shared.root})


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
async def test_a_websocket_of_another_page_is_refused(shared: Shared, origin: str) -> None:
    async with client() as session:
        await signed_in(session, shared)
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect(f"{shared.root}/ws", headers={"Origin": origin})


async def test_a_viewer_reads_along_writes_nothing_and_ends_alone(shared: Shared) -> None:
    async with client() as session:
        await signed_in(session, shared)
        socket = f"{shared.root}/ws?width=100&height=30"
        async with (
            session.ws_connect(socket, headers={"Origin": shared.root}) as first,
            session.ws_connect(socket, headers={"Origin": shared.root}) as second,
        ):
            viewer, other = Viewer(first), Viewer(second)
            await viewer.wait_for("203.0.113.17")
            await other.wait_for("203.0.113.17")
            for nonsense in NONSENSE:
                await other.send(nonsense)
            await viewer.press("w")
            await viewer.wait_for("read-only: notes")
            await viewer.press("q")
            await viewer.wait_for_the_end()
            await other.press("?")
            await other.wait_for("Open the tunnel or the message")
    assert list(Path.cwd().iterdir()) == []


async def test_who_ends_it_ends_the_viewers_and_their_sessions_at_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with serve_in_thread(account()) as endpoint, run_piped("-m", "tui", "serve", *options_for(endpoint)) as serve:
        address = serve.stdout.readline().removeprefix("Reading along: ").strip()
        shared = Shared(address.partition("/?")[0], address, endpoint)
        async with client() as session:
            await signed_in(session, shared)
            async with session.ws_connect(
                f"{shared.root}/ws?width=100&height=30", headers={"Origin": shared.root}
            ) as socket:
                viewer = Viewer(socket)
                await viewer.wait_for("● live")
                assert endpoint.sessions_open == 1
                serve.process.send_signal(signal.SIGTERM)
                await viewer.wait_for_the_end()
        assert await asyncio.to_thread(serve.process.wait, PATIENCE) == 0
        assert endpoint.sessions_open == 0


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[str]:
    """A headless Chromium with one empty page; returns the address of its debugger."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
    silent = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(str(CHROMIUM), *flags, "about:blank", stdout=silent, stderr=silent)
    try:
        port_file = folder / "DevToolsActivePort"
        async with asyncio.timeout(PATIENCE), client() as session:
            while not port_file.exists() or len(port_file.read_text().split()) < 2:  # noqa: ASYNC110 - a file tells no event
                await asyncio.sleep(0.05)
            async with session.get(f"http://127.0.0.1:{port_file.read_text().split()[0]}/json") as pages:
                yield (await pages.json())[0]["webSocketDebuggerUrl"]
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here")
async def test_a_browser_draws_the_screen_and_lets_the_page_ask_nobody_else(shared: Shared, tmp_path: Path) -> None:
    async with browser(tmp_path) as address, client() as session, session.ws_connect(address) as page:
        drawn, refused = "Boolean(document.body?.classList.contains('-first-byte'))", False
        await page.send_json({"id": 1, "method": "Log.enable"})
        await page.send_json({"id": 2, "method": "Page.navigate", "params": {"url": shared.address}})
        async with asyncio.timeout(PATIENCE):
            while True:
                await page.send_json({"id": 3, "method": "Runtime.evaluate", "params": {"expression": drawn}})
                while (answer := await page.receive_json()).get("id") != 3:
                    refused = refused or "fonts.googleapis.com" in str(answer)
                if answer["result"]["result"]["value"] is True:
                    break
                await asyncio.sleep(0.05)
        assert refused


@pytest.mark.parametrize("words", [["--nonsense"], ["--record", "x"], ["--on-change", "x"], ["--since", "never"]])
def test_what_watch_does_not_take_is_refused_before_anybody_looks(words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        commands.commands["serve"].main(words, standalone_mode=False)


WITHOUT = """
import sys
sys.modules["textual_serve"] = None
from tui.cli.program import main
main()
"""


def test_without_the_extra_one_line_says_how_to_get_it() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT, "serve"], capture_output=True, text=True, timeout=50)
    assert done.returncode == 3
    assert done.stderr == "tunnelwatch: serve needs textual-serve: pip install 'tunnelwatch[web]'.\n"
