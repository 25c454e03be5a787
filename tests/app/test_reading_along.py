"""A viewer sees everything, can copy it, and writes nothing."""

from pathlib import Path

import pytest

from tests.app.conftest import Show


@pytest.mark.parametrize("key", ["w", "S", "m"])
async def test_keys_that_write_say_that_they_do_not(show: Show, key: str) -> None:
    async with show(is_read_only=True, size=(120, 30)) as screen:
        await screen.press(key)
        assert "read-only" in screen.bar("keys")
        await screen.press("enter", key)
        assert screen.fleet.marks == ()
    assert list(Path.cwd().iterdir()) == []


async def test_a_copy_goes_to_the_clipboard_and_into_no_file(show: Show) -> None:
    async with show(is_read_only=True) as screen:
        await screen.press("y")
        assert "203.0.113.42" in screen.app.clipboard
        assert screen.bar("keys").strip() == "copied"
    assert list(Path.cwd().iterdir()) == []
