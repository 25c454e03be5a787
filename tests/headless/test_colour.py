"""Printed lines are coloured depending on the stream, and on the variables that users set for all their programs."""

import io

import pytest

from tui.headless.colour import wants_colour


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "is_wanted"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (io.StringIO(), {"TERM": "xterm"}, False),
        (io.StringIO(), {"TERM": "xterm", "FORCE_COLOR": "1"}, True),
        (io.StringIO(), {"TERM": "xterm", "FORCE_COLOR": ""}, False),
        (io.StringIO(), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (Terminal(), {"TERM": "xterm", "CLICOLOR": "0"}, False),
        (Terminal(), {"TERM": "xterm", "CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True),
        (io.StringIO(), {"CLICOLOR_FORCE": "1"}, True),
        (io.StringIO(), {"CLICOLOR_FORCE": "0"}, False),
    ],
)
def test_colour_is_for_terminals_unless_a_variable_says_otherwise(
    stream: io.StringIO, environment: dict[str, str], is_wanted: bool
) -> None:
    assert wants_colour(stream, environment) is is_wanted
