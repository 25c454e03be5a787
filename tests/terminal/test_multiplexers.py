"""The screen inside tmux and GNU screen, where most users have it: painted, resized, restored."""

import os
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE = 20.0
PROGRAM = f"echo before; {sys.executable} -m tests.terminal.program plain; echo after $?; exec cat"
"""Between two lines of a shell, which the program has to leave alone; `cat` keeps the window."""


class Multiplexer(ABC):
    """A session of a multiplexer, on a server of its own, with one window."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def start(self) -> None:
        """Run `PROGRAM` in a window of 100 by 30."""

    @abstractmethod
    def text(self) -> str:
        """Return what the window shows."""

    @abstractmethod
    def press(self, keys: str) -> None:
        """Type."""

    @abstractmethod
    def end(self) -> None:
        """End the session with all that runs in it."""

    def wait_for(self, holds: str | Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not (holds in self.text() if isinstance(holds, str) else holds()):
            assert time.monotonic() < end, f"waited for {holds!r} in vain:\n{self.text()}"
            time.sleep(0.05)

    def _run(self, *words: str) -> str:
        environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY", "NO_COLOR")}
        environment |= {"LC_ALL": "C.UTF-8", "SCREENDIR": str(self.folder)}
        done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=PATIENCE)
        return done.stdout


class Tmux(Multiplexer):
    def start(self) -> None:
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", PROGRAM)

    def text(self) -> str:
        return self._tmux("capture-pane", "-p")

    def press(self, keys: str) -> None:
        self._tmux("send-keys", "-l", keys)

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def end(self) -> None:
        self._tmux("kill-server")

    def title(self) -> str:
        return self._tmux("display-message", "-p", "#{pane_title}").strip()

    def _tmux(self, *words: str) -> str:
        return self._run("tmux", "-S", str(self.folder / "socket"), *words)


class GnuScreen(Multiplexer):
    def start(self) -> None:
        rc = self.folder / "screenrc"
        rc.write_text("startup_message off\ndefutf8 on\naltscreen on\nterm screen\n")
        self._run("screen", "-c", str(rc), "-U", "-S", "one", "-d", "-m", "sh", "-c", PROGRAM)

    def text(self) -> str:
        copy = self.folder / "hardcopy"
        copy.unlink(missing_ok=True)
        self._screen("hardcopy", str(copy))
        return copy.read_text(errors="replace") if copy.exists() else ""

    def press(self, keys: str) -> None:
        self._screen("stuff", keys)

    def end(self) -> None:
        self._screen("quit")

    def _screen(self, *words: str) -> None:
        self._run("screen", "-S", "one", "-p", "0", "-X", *words)


KINDS = {"tmux": Tmux, "screen": GnuScreen}
KIND = [
    pytest.param(kind, marks=pytest.mark.skipif(shutil.which(kind) is None, reason=f"{kind} is not installed here"))
    for kind in KINDS
]


@pytest.fixture
def window(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Multiplexer]:
    session = KINDS[request.param](tmp_path)
    tmp_path.chmod(0o700)
    session.start()
    try:
        session.wait_for("203.0.113.42")
        yield session
    finally:
        session.end()


def processes(window: Multiplexer) -> list[str]:
    """The processes of the program that belong to this window."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"SCREENDIR={window.folder}".encode() in entry.read_bytes():
                command = (entry.parent / "cmdline").read_bytes()
                found += [entry.parent.name] if b"tests.terminal.program\0plain" in command else []
        except OSError:
            continue
    return found


@pytest.mark.parametrize("window", KIND, indirect=True)
def test_it_is_painted_and_leaves_what_stood_there(window: Multiplexer) -> None:
    window.wait_for("down")
    assert "before" not in window.text()
    window.press("?")
    window.wait_for("Open the tunnel or the message")
    window.press("q")
    window.wait_for("203.0.113.42")
    window.press("q")
    window.wait_for(lambda: window.text().split() == ["before", "after", "0"])


@pytest.mark.parametrize("window", KIND, indirect=True)
def test_who_closes_the_session_ends_the_program(window: Multiplexer) -> None:
    assert processes(window)
    window.end()
    end = time.monotonic() + PATIENCE
    while processes(window):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("window", KIND[:1], indirect=True)
def test_tmux_may_make_the_window_small_and_large_again(window: Tmux) -> None:
    window.resize(60, 15)
    window.wait_for(lambda: "PH 1" in window.text() and "quit" in window.text())
    window.resize(200, 60)
    window.wait_for(lambda: "SAY TO THE CUSTOMER" in window.text() and "PHASE 1" in window.text())
    assert window.text().count("tunnelwatch") == 1
