"""`--color` decides if it is given; otherwise the terminal does, and a pipe gets no colours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts import account, options_for
from tests.conftest import Run
from tests.terminal.pseudo import Pseudo
from tui.cli.program import commands
from tui.demo.server.endpoint import Endpoint, serve_in_thread

RED = "\x1b[31m"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serve_in_thread(account("Peer is not responsive - Declaring peer dead", "DD")) as running:
        yield running


@pytest.mark.parametrize("command", ["status", "tail --no-follow"])
def test_a_pipe_gets_colours_only_where_they_are_asked_for(command: str, endpoint: Endpoint, tunnelwatch: Run) -> None:
    words = [*command.split(), *options_for(endpoint)]
    assert "\x1b" not in tunnelwatch(*words).stdout
    assert RED in tunnelwatch(*words, "--color", "always").stdout


def test_never_is_stronger_than_a_terminal_and_always_than_no_color(
    endpoint: Endpoint, tunnelwatch: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Pseudo("-m", "tui", "status", *options_for(endpoint), "--color", "never") as terminal:
        terminal.finish()
        assert b"\x1b[3" not in terminal.sent
    monkeypatch.setenv("NO_COLOR", "1")
    assert RED in tunnelwatch("status", *options_for(endpoint), "--color", "always").stdout


def test_the_screen_does_without_colours_too() -> None:
    with Pseudo("-m", "tui", "demo", "--color", "never") as terminal:
        terminal.wait_for("● live")
        sent = bytes(terminal.sent)
        assert b"8;2;" not in sent
        assert b"8;5;" not in sent
        assert b"\x1b[31m" not in sent


def test_the_config_file_may_say_it_for_good(endpoint: Endpoint, tunnelwatch: Run, config: Path) -> None:
    config.write_text('color = "always"\n')
    assert RED in tunnelwatch("status", *options_for(endpoint)).stdout


def test_every_command_has_it() -> None:
    assert all(any("--color" in param.opts for param in command.params) for command in commands.commands.values())
