"""What is excluded from garbage collection."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from tests.scenes import ESTABLISHED, ike, pump
from tui.app.garbage import SparedLookBack
from tui.feed.source import Batch


@pytest.fixture
def frozen() -> Iterator[int]:
    gc.unfreeze()  # what other tests excluded
    yield gc.get_freeze_count()
    gc.unfreeze()


def test_what_lives_is_spared_once_the_look_back_is_read_and_not_what_comes_later(frozen: int) -> None:
    held = pump([ike(ESTABLISHED)], caught_up=False)
    held.add_sink(SparedLookBack(held))
    held.take(Batch((ike("x"),)))
    assert gc.get_freeze_count() == frozen
    held.take(Batch(caught_up=True))
    spared = gc.get_freeze_count()
    assert spared > frozen
    held.take(Batch((ike("y"),), caught_up=True))
    assert gc.get_freeze_count() <= spared


class Node:
    """An object in a reference cycle with itself."""

    def __init__(self) -> None:
        self.itself = self


def test_no_garbage_is_spared_not_even_what_was_excluded_while_loading(frozen: int) -> None:
    held = pump([ike(ESTABLISHED)], caught_up=False)
    held.add_sink(SparedLookBack(held))
    gone = weakref.ref(Node())
    gc.freeze()
    held.take(Batch(caught_up=True))
    assert gone() is None
    assert gc.get_freeze_count() > 0
