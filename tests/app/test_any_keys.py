"""The screen survives any keys, however fast they are pressed."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.widgets import Input

from tests.app.conftest import Shown, shown

KEYS = (
    "enter",
    "escape",
    "q",
    "c",
    "d",
    "i",
    "question_mark",
    "ctrl+p",
    "slash",
    "f",
    "tab",
    "a",
    "y",
    "down",
    "t",
    "m",
    "w",
    "less_than_sign",
    "at",
    "L",
    "o",
    "v",
    "s",
    "end",
    "right",
)
"""Those that open or close something, and a few beside them."""
CHARACTERS = {"question_mark": "?", "slash": "/", "exclamation_mark": "!", "less_than_sign": "<", "at": "@"}
Keys = list[tuple[str, bool]]
pressed = st.tuples(st.sampled_from(KEYS), st.booleans())
"""A key, and whether it has its effect before the next one comes."""


async def press(screen: Shown, key: str, *, waits: bool) -> None:
    screen.app.post_message(events.Key(key, CHARACTERS.get(key, key if len(key) == 1 else None)))
    if waits:
        await screen.settle()


async def living(*rounds: Keys) -> None:
    """Press the keys of each round, leave whatever they opened, and check that the board still follows the fleet.

    One screen runs the rounds until a key quits it; another one runs the rest.
    """
    left = list(rounds)
    while left:
        async with shown() as screen:
            while left and await lives(screen, left.pop(0)):
                pass


async def lives(screen: Shown, keys: Keys) -> bool:
    """Return whether the screen is still running after the keys."""
    for key, waits in keys:
        await press(screen, key, waits=waits)
    await screen.settle()
    if "q" in [key for key, _ in keys] and screen.app.return_value == 0:
        return False  # it was pressed on the board
    for _ in range(len(keys) + 1):
        if screen.app.screen is screen.app.main and not isinstance(screen.app.focused, Input):
            break
        await press(screen, "escape", waits=True)
    assert screen.app.screen is screen.app.main
    before = screen.bar("status")
    await screen.tick(60)
    assert screen.bar("status") != before
    hidden = screen.app.main.view_state.board.wanted.problems_only
    await press(screen, "exclamation_mark", waits=True)
    assert screen.app.main.view_state.board.wanted.problems_only is not hidden
    return True


@settings(max_examples=5)
@given(st.lists(st.lists(pressed, min_size=4, max_size=4), min_size=4, max_size=4))
def test_any_four_keys_at_any_pace_leave_a_living_screen(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[Keys]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "copies"))
        patch.chdir(tmp_path_factory.getbasetemp())  # a key writes a report
        asyncio.run(living(*rounds))


def test_what_is_pressed_after_the_key_that_quits_does_nothing() -> None:
    asyncio.run(living([("enter", False), ("enter", False), ("q", False), ("slash", False)]))
