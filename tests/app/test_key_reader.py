"""The thread that reads the keys ends with their terminal."""

import os
from threading import Event

import pytest
from textual.events import Key
from textual.message import Message

from tui.app.terminal.key_reader import KeyReader
from tui.app.terminal.reports import Reports


def test_a_terminal_that_was_closed_is_not_read_for_ever() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"q")
    os.close(writing)
    messages: list[Message] = []
    with pytest.raises(OSError, match="Input/output"):
        KeyReader(reading, Reports()).run(Event(), messages.append)
    os.close(reading)
    assert [message.key for message in messages if isinstance(message, Key)] == ["q"]
