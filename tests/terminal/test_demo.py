"""`tunnelwatch demo`, the first thing that a newcomer sees."""

import os

import pytest

from tests.terminal.pseudo import Pseudo
from tui.cli.demo_source import demo_credentials

USERS_OWN = {"AWS_PROFILE": "expired", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "the user's own"}


def test_the_cutovers_tunnels_appear_and_q_ends_it() -> None:
    with Pseudo("-m", "tui", "demo", columns=100, rows=40) as terminal:
        terminal.wait_for("osaka")
        terminal.wait_for("hq")
        terminal.wait_for("✖ down")
        terminal.wait_for("● live")
        terminal.press("q")
        assert terminal.finish() == 0
        assert terminal.is_restored()


def test_what_the_user_has_set_for_aws_has_no_business_in_the_demo() -> None:
    with Pseudo("-m", "tui", "demo", columns=100, rows=40, env=USERS_OWN) as terminal:
        terminal.wait_for("● live")
        terminal.wait_for("osaka")
        terminal.press("q")
        assert terminal.finish() == 0


def test_the_demos_credentials_go_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in USERS_OWN.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with demo_credentials():
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["AWS_ACCESS_KEY_ID"] == "demo"
    assert dict(os.environ) == before
