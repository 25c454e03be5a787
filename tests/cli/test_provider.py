"""The demo of a provider: three accounts in two regions, as sites on one board, each with its own role."""

import json
import os
import signal
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.pipes import run_piped
from tests.terminal.pseudo import PATIENCE, Pseudo

SITES = {"core": 6, "acme": 17, "acme-jp": 6, "globex": 14}


@pytest.fixture
def served(config: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The provider's endpoint, and a config file with what `demo --serve` prints."""
    with run_piped("-m", "tui", "demo", "--scenario", "provider", "--serve") as demo:
        lines = list(takewhile(lambda line: not line.startswith("# ctrl+c"), demo.stdout))
        monkeypatch.setenv("AWS_ENDPOINT_URL", lines[0].split()[1].partition("=")[2])
        config.write_text("".join(line.removeprefix("#= ") for line in lines if line.startswith("#= ")))
        yield
        demo.process.send_signal(signal.SIGTERM)
        assert demo.process.wait(PATIENCE) == 0


@pytest.mark.usefixtures("served")
def test_what_is_printed_leads_to_every_site_and_the_denied_one_takes_nothing_from_the_others(tunnelwatch: Run) -> None:
    done = tunnelwatch("status", "--json", "--all-sites")
    document = json.loads(done.stdout)
    sites = [connection["site"] for connection in document["connections"]]
    assert {site: sites.count(site) for site in sites} == SITES
    accounts = {name: (state["account"], state["region"]) for name, state in document["sites"].items()}
    assert accounts["acme-jp"] == ("111122223333", "ap-northeast-1")
    assert document["sites"]["globex-jp"]["state"] == "offline"
    assert "service control policy" in document["sites"]["globex-jp"]["reason"]
    (event,) = document["common_falls"]
    assert (event["shared"], event["value"], event["sharing"]) == ("customer_block", "198.51.100.0/24", 5)
    assert (len(event["connections"]), event["others_sharing"]) == (5, 0)
    assert done.returncode == 2  # a plant of globex is down, which outweighs what is unknown


def test_the_demo_shows_the_sites_on_one_board() -> None:
    with Pseudo("-m", "tui", "demo", "--scenario", "provider", columns=130, rows=40, env=dict(os.environ)) as terminal:
        for text in ("5 connections fell within", "acme/kiosk-1", "1/5 sites no access"):
            terminal.wait_for(text)
        terminal.press("q")
        assert terminal.finish() == 0
