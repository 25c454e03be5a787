"""The line above the messages: what it leaves out if room is short."""

import pytest

from tui.app.widgets.message_log import title_line
from tui.content.snapshot import Title

FACTS = ("NAT-T", "DPD on", "EC2 DOWN since yesterday 22:26:30")


@pytest.mark.parametrize(
    ("width", "below", "shown"),
    [
        (100, 0, "NAT-T · DPD on · EC2 DOWN since yesterday 22:26:30"),
        (80, 7, "EC2 DOWN since yesterday 22:26:30"),
        (50, 7, "203.0.113.17"),
    ],
)
def test_a_time_is_whole_or_left_out(width: int, below: int, shown: str) -> None:
    drawn = title_line(Title("branch-017", "203.0.113.17", FACTS, below=below), width).text
    assert shown in drawn
    assert "…" not in drawn
    assert len(drawn) <= width
