"""What a real terminal shows, and how few bytes keep it up to date."""

from pathlib import Path

import pytest

from tests.terminal.pseudo import Pseudo
from tests.terminal.test_stalled import Beats, settled
from tui.app.app import TICK


@pytest.mark.parametrize(("columns", "rows"), [(60, 15), (80, 24), (120, 40), (200, 60)])
def test_the_screen_names_the_trouble_at_any_size(columns: int, rows: int) -> None:
    with Pseudo("-m", "tests.terminal.program", "plain", columns=columns, rows=rows) as terminal:
        terminal.wait_for("✖ down")
        terminal.wait_for("no phase 2 proposal in common")
        terminal.wait_for("quit")


def test_a_resized_terminal_is_drawn_anew() -> None:
    with Pseudo("-m", "tests.terminal.program", "plain") as terminal:
        terminal.wait_for("not redundant")
        terminal.resize(130, 40)
        terminal.wait_for("SAY TO THE CUSTOMER")


def sent_by(*mode: str) -> int:
    with Pseudo(
        "-m", "tests.terminal.program", *mode, columns=120, rows=40, draws=False, env={"TEXTUAL_FPS": "1000"}
    ) as terminal:
        assert terminal.finish() == 0, terminal.text
        return len(terminal.sent)


@pytest.mark.parametrize(("mode", "budget"), [("rest", 300), ("busy", 4_000)])
def test_twenty_tunnels_stay_within_the_byte_budget(mode: str, budget: int) -> None:
    seconds, settled = 20, 4  # the first ticks draw the whole screen
    spent = sent_by(mode, str(settled + round(seconds / TICK))) - sent_by(mode, str(settled))
    assert 0 < spent / seconds <= budget


def test_nothing_blinks_while_a_text_is_asked_for(tmp_path: Path) -> None:
    beats = tmp_path / "beats"
    with Pseudo("-m", "tests.terminal.program", "beat", "0", str(beats)) as terminal:
        terminal.wait_for("not redundant")
        terminal.press("/")
        terminal.wait_for("a name, an id")
        settled(terminal, Beats(beats))
        sent = len(terminal.sent)
        terminal.wait_for(Beats(beats).more(60))  # a cursor that blinks does so each 25
        assert len(terminal.sent) == sent


@pytest.mark.parametrize("redirected", [("stderr",), ("stdout",), ("stdout", "stderr")])
def test_the_screen_is_drawn_on_the_terminal_whatever_goes_to_a_file(
    tmp_path: Path, redirected: tuple[str, ...]
) -> None:
    with (tmp_path / "output").open("w+b") as file:
        stdout, stderr = (file if name in redirected else None for name in ("stdout", "stderr"))
        with Pseudo("-m", "tui", "demo", columns=100, rows=30, stdout=stdout, stderr=stderr) as terminal:
            terminal.wait_for("the pre-shared keys differ")
            assert "quit" in terminal.text.splitlines()[-1]  # of thirty rows: the size is the terminal's, too
            terminal.press("q")
            assert terminal.finish() == 0
            assert terminal.is_restored()
        assert file.read() == b""


def test_what_is_shown_goes_to_the_sinks_too(tmp_path: Path) -> None:
    file = tmp_path / "events"
    with Pseudo("-m", "tests.terminal.program", "sinks", "0", str(file)) as terminal:
        terminal.wait_for(lambda: file.exists() and file.read_text().endswith("\n"))
        terminal.press("q")
        assert terminal.finish() == 0
    assert file.read_text() == "203.0.113.17 AWS tunnel is sending DPD request\n"
