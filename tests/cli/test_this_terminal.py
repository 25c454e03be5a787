"""The facts that `doctor` determines about its terminal."""

import os
import stat
from pathlib import Path

import pytest

from tests.accounts import account, options_for
from tests.terminal.pseudo import Pseudo
from tui.cli.this_terminal import _tmux, versions
from tui.demo.server.endpoint import serve_in_thread
from tui.domain.checkup.facts import TmuxFacts

TMUX = """#!/bin/sh
case "$*" in
  *client_termfeatures*) printf '3.4|256,RGB,title\\n' ;;
  *set-clipboard*) echo external ;;
  *escape-time*) echo 500 ;;
  *) exit 1 ;;
esac
"""


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tmux that answers as 3.4 does."""
    program = tmp_path / "tmux"
    program.write_text(TMUX)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return program


def test_tmux_is_asked_for_what_spoils_copies_colours_and_keys(tmux: Path) -> None:
    assert _tmux() == TmuxFacts("3.4", "external", 500, has_rgb=True)


def test_a_tmux_that_does_not_answer_is_none(tmux: Path) -> None:
    tmux.write_text("#!/bin/sh\nexit 1\n")
    assert _tmux() is None
    tmux.unlink()
    tmux.mkdir()
    assert _tmux() is None


def test_what_tmux_prints_is_harmless(tmux: Path) -> None:
    tmux.write_text("#!/bin/sh\nprintf '3.4\\033[31m|\\n'\n")
    found = _tmux()
    assert found
    assert "\x1b" not in found.version


def test_the_versions_that_run_are_told() -> None:
    assert {"tunnelwatch", "Python", "textual", "botocore"} <= versions().keys()


def test_on_a_terminal_the_page_tells_of_it(tmux: Path) -> None:
    with serve_in_thread(account(), update_every=0.1) as endpoint:
        env = {"TERM": "xterm-256color", "TMUX": "/nowhere,1,0"}
        with Pseudo("-m", "tui", "doctor", *options_for(endpoint), columns=76, rows=50, env=env) as terminal:
            terminal.wait_for("76x50")
            terminal.wait_for("tmux set-option -s set-clipboard on")
            terminal.finish()
