"""Garbage collection is suspended while the screen loads, and resumes afterwards."""

import asyncio
import gc
from collections.abc import Iterator

import pytest

from tui.app.loading import garbage_kept_for


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


async def test_no_garbage_is_collected_until_the_time_is_over_or_the_block_left() -> None:
    with garbage_kept_for(60):
        assert not gc.isenabled()
    assert gc.isenabled()
    with garbage_kept_for(0):
        for _ in range(3):
            await asyncio.sleep(0)
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0


async def test_a_program_that_collects_none_is_left_as_it_is() -> None:
    gc.disable()
    with garbage_kept_for(0):
        for _ in range(3):
            await asyncio.sleep(0)
    assert not gc.isenabled()
