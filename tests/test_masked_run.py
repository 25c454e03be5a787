"""A whole run of the demo with --mask: no output of any kind contains an identifier."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.accounts import options_for
from tests.conftest import Run
from tests.terminal.pseudo import Pseudo
from tui.demo import load_scenario
from tui.demo.scenarios.player import Player
from tui.demo.server.endpoint import serve_in_thread
from tui.demo.server.store import Store

SCENARIOS = ("cutover", "routes", "delivered")
PATTERN = re.compile(r"(?:vpn|cgw|tgw|vgw)-[0-9a-f]{8,17}|(?:\d{1,3}\.){3}\d{1,3}|(?<!\d)\d{12}(?!\d)|/aws/[\w/-]+")
NOBODYS = {"0.0.0.0", "127.0.0.1"}
PROFILE = "acme-prod"


class Played:
    """A scenario on an endpoint of its own, halfway through, and every identifier in it."""

    def __init__(self, name: str) -> None:
        self.store = Store()
        scenario = load_scenario(name)
        Player(scenario, self.store).begin()
        truth = [repr(scenario.connections), repr(scenario.customer_gateways), repr(scenario.deliveries)]
        truth += [f"{event.stream} {event.message}" for group in self.store.groups.values() for event in group.events]
        self.identifiers = set(PATTERN.findall(" ".join((*truth, *self.store.groups)))) - NOBODYS
        self.names = {connection.name for connection in scenario.connections} | {PROFILE}

    def found_in(self, text: str) -> list[str]:
        """Return the identifiers in a text."""
        names = [name for name in self.names if re.search(rf"\b{re.escape(name)}\b", text)]
        return names + [identifier for identifier in self.identifiers if identifier in text]


@pytest.fixture(params=SCENARIOS)
def played(request: pytest.FixtureRequest) -> Played:
    return Played(request.param)


@pytest.fixture
def options(played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    config = tmp_path / "config"
    config.write_text(f"[profile {PROFILE}]\naws_access_key_id = testing\naws_secret_access_key = testing\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with serve_in_thread(played.store) as endpoint:
        yield [*options_for(endpoint), "--mask", "--profile", PROFILE, "--debug", str(tmp_path / "debug")]


COMMANDS = {
    ("status",): "connection A",
    ("status", "--json"): "connection A",
    ("tail", "--no-follow", "--since", "3h"): "connection A",
    ("tail", "--no-follow", "--since", "3h", "--json"): "240.0.1.1",
    ("report", "--since", "3h"): "connection A",
    ("report", "--since", "3h", "--format", "json"): "connection A",
    ("report", "--since", "3h", "--format", "html"): "connection A",
    ("wait", "--until", "up", "--timeout", "5s"): "connection A",
    ("accept", "--timeout", "8s"): "connection A",
    ("status", "nobody"): "Existing connections: vpn-0000000000000000",
    ("status", "--log-group", "/acme/nothing"): "og group /log-group-1",
}


SOME: Final = (("status", "--json"), ("tail", "--no-follow", "--since", "3h"), ("report", "--since", "3h"))
"""What the other scenarios are printed by: each command for each of them would cost a minute."""
PRINTED: Final = [
    *(("cutover", command) for command in COMMANDS),
    *((scenario, command) for scenario in SCENARIOS[1:] for command in SOME),
]


@pytest.mark.parametrize(("played", "command"), PRINTED, indirect=["played"], ids=str)
def test_no_command_prints_an_identifier(
    played: Played, options: list[str], tunnelwatch: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert len(played.identifiers) > 5
    done = tunnelwatch(*command, *options)
    assert COMMANDS[command] in done.stdout + done.stderr
    assert "acme" not in done.stdout + done.stderr
    assert not played.found_in(done.stdout + done.stderr)
    assert not played.found_in((tmp_path / "debug").read_text())


@pytest.mark.parametrize(
    "command", [("replay", "--json"), ("replay", "--status"), ("report",), ("report", "--format", "html")], ids=" ".join
)
def test_a_recording_holds_the_truth_and_is_shown_masked(
    played: Played, options: list[str], tunnelwatch: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "recorded.jsonl"
    tunnelwatch("tail", "--no-follow", "--record", str(file), *options)
    assert len(played.found_in(file.read_text())) > 5
    name, *forms = command
    shown = tunnelwatch(name, str(file), *forms, "--mask")
    assert "vpn-00000000000000001" in shown.stdout or "connection A" in shown.stdout
    assert not played.found_in(shown.stdout + shown.stderr)
    plain = tunnelwatch(name, str(file), *forms)
    assert played.found_in(plain.stdout)


def test_without_the_mask_the_identifiers_are_there(played: Played, options: list[str], tunnelwatch: Run) -> None:
    options.remove("--mask")
    assert len(played.found_in(tunnelwatch("status", "--json", *options).stdout)) > 3


def test_a_selector_still_selects_what_it_names(played: Played, options: list[str], tunnelwatch: Run) -> None:
    name = min(played.names - {PROFILE})
    everything = json.loads(tunnelwatch("status", "--json", *options).stdout)
    selected = json.loads(tunnelwatch("status", "--json", *options, name).stdout)
    (connection,) = selected["connections"]
    assert connection["id"] in [each["id"] for each in everything["connections"]]
    assert not played.found_in(json.dumps(selected))


def test_no_page_of_the_screen_and_no_copy_holds_an_identifier(
    played: Played, options: list[str], tmp_path: Path
) -> None:
    with Pseudo("-m", "tui", *options, *sorted(played.names - {PROFILE}), columns=100, rows=40) as terminal:
        terminal.wait_for("240.0.1.1")
        terminal.wait_for("masked")
        for keys, shown in (
            ("y", "copied"),
            ("\r", "esc q back"),
            ("y", "copied"),
            ("q", "enter open"),
            ("i", "Data source"),
            ("q", "enter open"),
            ("a", "all tunnels"),
            ("y", "copied"),
        ):
            terminal.press(keys)
            terminal.wait_for(shown)
            assert not played.found_in(terminal.text)
        terminal.press("q")
        assert terminal.finish() == 0
    sent = terminal.sent.decode(errors="replace")
    assert not [identifier for identifier in played.identifiers if identifier in sent]
    copied = [base64.b64decode(text).decode() for text in re.findall(r"\x1b\]52;c;([\w+/=]+)\x07", sent)]
    assert len(copied) == 3
    for text in (
        *copied,
        (tmp_path / "state" / "tunnelwatch" / "copied.txt").read_text(),
        (tmp_path / "debug").read_text(),
    ):
        assert not played.found_in(text)
