"""Fixtures for the tests of the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts import account, log
from tests.feed.recording.nights import night, written
from tui.demo.server.endpoint import Endpoint, serve_in_thread

NIGHT = night(20)
"""A watch of some minutes."""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config file at the program's default path."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "tunnelwatch" / "config.toml"
    path.parent.mkdir()
    return path


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An account whose tunnel has logged forty lines."""
    store = account()
    log(store, *(f"line {number}" for number in range(40)))
    with serve_in_thread(store) as running:
        yield running


@pytest.fixture
def night_file(tmp_path: Path) -> str:
    """A recording of `NIGHT`."""
    return str(written(tmp_path / "night.jsonl.gz", NIGHT))
