"""Texts name the keys that the user chose, not the defaults."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields

import pytest

from tests.app.conftest import Show
from tests.scenes import HQ, pump
from tui.app import keys
from tui.app.commands import COMMANDS
from tui.content.board.filter import BoardFilter
from tui.content.key_names import DEFAULT_KEYS, KeyNames
from tui.content.placeholders import board_blocks, fold_blocks, log_blocks
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import TunnelFacts
from tui.domain.judgement.verdict import Verdict
from tui.domain.state.tunnel import Tunnel

CHOSEN = {name: f"f{number}" for number, name in enumerate(asdict(DEFAULT_KEYS), start=1)}
OTHERS = KeyNames(**CHOSEN)


@pytest.fixture
def others() -> Iterator[Mapping[str, str]]:
    """Assign another key to every command that a text mentions."""
    yield keys.choose(CHOSEN)
    keys.choose({})


def test_every_name_is_that_of_a_command_with_its_own_key() -> None:
    assert keys.key_names() == DEFAULT_KEYS
    by_id = {command.id: command.key_label for command in COMMANDS}
    assert {field.name: by_id.get(field.name) for field in fields(KeyNames)} == asdict(DEFAULT_KEYS)


def test_the_names_are_those_that_the_user_chose(others: Mapping[str, str]) -> None:
    assert keys.key_names() == OTHERS


def off() -> Tunnel:
    tunnel = Tunnel(HQ, "203.0.113.17")
    tunnel.facts = TunnelFacts(tunnel.outside_ip)
    return tunnel


def test_no_placeholder_names_a_key_that_was_given_away() -> None:
    live, nothing = FeedState(FeedMode.LIVE), BoardFilter()
    silent = Tunnel(HQ, "203.0.113.17")

    def texts(names: KeyNames) -> list[str]:
        pages = (
            board_blocks(live, caught_up=True, hidden=2, wanted=BoardFilter(text="x"), keys=names),
            board_blocks(live, caught_up=True, hidden=2, wanted=BoardFilter(standing=Verdict.DOWN), keys=names),
            board_blocks(live, caught_up=True, hidden=2, wanted=nothing, keys=names),
            board_blocks(live, caught_up=True, hidden=0, wanted=nothing, keys=names),
            fold_blocks(Verdict.REDUNDANT, keys=names),
            log_blocks(silent, caught_up=True, is_filtered=True, keys=names),
            log_blocks(silent, caught_up=True, is_filtered=False, keys=names),
            log_blocks(off(), caught_up=True, is_filtered=False, keys=names),
            log_blocks(silent, caught_up=True, is_filtered=False, everywhere=True, only="hq", keys=names),
        )
        return [block.text for blocks in pages for block in blocks]

    default, chosen = texts(DEFAULT_KEYS), texts(OTHERS)
    changed = [(old, new) for old, new in zip(default, chosen, strict=True) if old != new]
    assert len(changed) == 9
    before = {CHOSEN[name]: key for name, key in asdict(DEFAULT_KEYS).items()}
    for old, new in changed:
        assert re.sub(r"\bf\d+\b", lambda match: before[match[0]], new) == old
    assert not any(
        re.search(r"(?:^|; |\. )(?:esc|[a-zA-Z!]) (?:shows|removes|looks|prints)\b", text) for text in chosen
    )


async def test_notices_and_the_board_name_the_keys_that_were_chosen(others: Mapping[str, str], show: Show) -> None:
    async with show(size=(120, 30)) as screen:
        screen.app.set_keymap(others)
        await screen.press(OTHERS.unfold)
        assert f"{OTHERS.unfold} hides them" in screen.drawn
        await screen.press(OTHERS.problems)
        assert f"{OTHERS.problems} shows all" in screen.drawn
    async with show(pump([], state=FeedState(FeedMode.LIVE)), size=(120, 30)) as screen:
        assert f"{OTHERS.doctor} looks for the reason" in screen.drawn
