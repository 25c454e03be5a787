"""A notice is one readable line; the title shows the worst; nothing in either reaches the terminal raw."""

import pytest

from tests.factories import IP, OTHER_IP, VPN, fleet_of
from tui.content.layout.terminal_signals import RESTORE_TITLE, SAVE_TITLE, WindowTitle, has_title, notification
from tui.content.notices import Notice, notice_text, window_title
from tui.domain.acceptance.notices import Change, Standing
from tui.domain.inventory import ConnectionFacts, Inventory
from tui.domain.judgement.verdict import Verdict
from tui.domain.state.fleet import Fleet

XTERM = {"TERM": "xterm-256color"}
OTHER_VPN = "vpn-0c2d3e4f5a6b7c8d9"
NASTY = "hq\x1b]2;owned\a\x9d0;\n;$(reboot)\u202e"


def standing(verdict: Verdict, *carries: bool | None) -> Standing:
    return Standing(verdict, tuple(zip((IP, OTHER_IP), carries, strict=False)))


BOTH, ONE = standing(Verdict.REDUNDANT, True, True), standing(Verdict.AT_RISK, True, False)
NONE = standing(Verdict.DOWN, False, False)
UNKNOWN = standing(Verdict.UNKNOWN, None, None)


def notice(before: Standing, after: Standing, name: str = "hq") -> Notice:
    return Notice(Change(VPN, 0, before, after), 0, name)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (BOTH, ONE, f"▲ hq 1/2: {OTHER_IP} carries no traffic"),
        (BOTH, NONE, f"✖ hq 0/2: {IP} and {OTHER_IP} carry no traffic"),
        (ONE, BOTH, f"● hq 2/2: {OTHER_IP} carries traffic again"),
        (
            ONE,
            standing(Verdict.AT_RISK, False, True),
            f"▲ hq 1/2: {IP} carries no traffic, {OTHER_IP} carries traffic again",
        ),
        (BOTH, standing(Verdict.AT_RISK, True, None), "▲ hq 1/2: not redundant"),
    ],
)
def test_a_notice_says_what_changed(before: Standing, after: Standing, text: str) -> None:
    assert notice(before, after).text == text


def test_several_notices_are_one_line_with_the_worst_first() -> None:
    text = notice_text([notice(BOTH, ONE, f"branch-{number}") for number in range(4)] + [notice(BOTH, NONE, "osaka")])
    assert text.startswith("✖ osaka 0/2")
    assert text.endswith("; and 2 more")


def fleet() -> Fleet:
    known = fleet_of()
    known.learn(Inventory((ConnectionFacts(VPN, "hq"), ConnectionFacts(OTHER_VPN, "osaka"))))
    return known


@pytest.mark.parametrize(
    ("hq", "osaka", "title"),
    [
        (ONE, BOTH, "▲ hq 1/2"),
        (BOTH, NONE, "✖ osaka 0/2"),
        (ONE, NONE, "✖ osaka 0/2 +1"),
        (BOTH, BOTH, "● 4/4 tunnelwatch"),
        (BOTH, UNKNOWN, "? tunnelwatch"),
        (ONE, UNKNOWN, "▲ hq 1/2"),
    ],
)
def test_the_title_shows_the_worst_connection(hq: Standing, osaka: Standing, title: str) -> None:
    assert window_title(fleet(), {VPN: hq, OTHER_VPN: osaka}) == title
    assert window_title(fleet(), {}) == "tunnelwatch"


def test_the_first_title_puts_the_old_one_aside_and_leaving_gives_it_back() -> None:
    title = WindowTitle(XTERM)
    assert title.leave() == title.take_again() == ""
    assert title.change("▲ hq 1/2") == f"{SAVE_TITLE}\x1b]2;▲ hq 1/2\a"
    assert title.change("● 2/2") == "\x1b]2;● 2/2\a"
    assert title.leave() == RESTORE_TITLE
    assert title.take_again() == f"{SAVE_TITLE}\x1b]2;● 2/2\a"


@pytest.mark.parametrize("term", ["linux", "vt100", "dumb", ""])
def test_a_terminal_without_a_title_is_sent_none(term: str) -> None:
    assert not has_title({"TERM": term})
    assert WindowTitle({"TERM": term}).change("x") == ""


@pytest.mark.parametrize(
    ("env", "start"),
    [
        (XTERM, "\x1b]9;tunnelwatch: "),
        ({"TERM": "foot"}, "\x1b]777;notify;tunnelwatch;"),
        (XTERM | {"VTE_VERSION": "7600"}, "\x1b]777;notify;tunnelwatch;"),
        (XTERM | {"TMUX": "/tmp/tmux,1,0"}, "\x1bPtmux;\x1b\x1b]9;tunnelwatch: "),
    ],
)
def test_a_notification_speaks_to_the_terminal_that_is_there(env: dict[str, str], start: str) -> None:
    sequence = notification("hq fell", env)
    assert sequence.startswith(start)
    assert "hq fell" in sequence
    assert sequence.endswith("\x1b\\" if "TMUX" in env else "\a")


def test_text_from_outside_can_neither_end_a_sequence_nor_begin_one() -> None:
    for sequence, controls in (
        (WindowTitle(XTERM).change(NASTY), 3),
        (notification(NASTY, XTERM), 2),
        (notification(NASTY, {"TERM": "foot"}), 2),
    ):
        assert sum(1 for character in sequence if not character.isprintable()) == controls
        assert "owned" in sequence  # as text
    assert notification("4;1;50 " + NASTY, {"TERM": "foot"}).count(";") == 3
    assert len(notification("x" * 10_000, XTERM)) < 300
