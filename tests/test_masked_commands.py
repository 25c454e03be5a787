"""The commands and formats that `test_masked_run` leaves out contain no identifier under --mask either."""

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.test_masked_run import Played, options, played

__all__ = ["options", "played"]  # pytest finds fixtures by the names in a module

COMMANDS = {
    ("report", "--since", "3h", "--format", "csv"): "240.0.2.1",
    ("history", "--since", "1d"): "connection B",
    ("history", "--since", "1d", "--json"): "240.0.2.1",
    ("maintenance", "--json"): '"looked_at": 4',
    ("wait", "--until", "redundant", "--timeout", "4s", "--json"): "connection A",
    ("accept", "--timeout", "4s", "--format", "json"): "connection A",
    ("doctor",): "aliases would break",
    ("doctor", "--plan"): "aliases would break",
}


@pytest.mark.parametrize("played", ["cutover"], indirect=True)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_other_command_prints_an_identifier_either(
    played: Played, options: list[str], tunnelwatch: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = tunnelwatch(*command, *options)
    printed = done.stdout + done.stderr
    assert COMMANDS[command] in printed
    assert not played.found_in(printed + (tmp_path / "debug").read_text())


@pytest.mark.parametrize("played", ["cutover"], indirect=True)
@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_report_of_a_recording_is_masked_in_every_form(
    played: Played, options: list[str], tunnelwatch: Run, tmp_path: Path, form: str
) -> None:
    file = str(tmp_path / "recorded.jsonl")
    tunnelwatch("tail", "--no-follow", "--record", file, *options)
    masked = tunnelwatch("report", file, "--format", form, "--mask")
    assert "240.0.2.1" in masked.stdout
    assert not played.found_in(masked.stdout + masked.stderr)
    assert played.found_in(tunnelwatch("report", file, "--format", form).stdout)
