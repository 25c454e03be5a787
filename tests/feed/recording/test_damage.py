"""A recording damaged anywhere is read as far as possible, or refused in one line."""

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.feed.recording.nights import known_at, night, written
from tui.domain.knowledge.catalogue_file import load
from tui.feed.recording.archive import Archive
from tui.feed.recording.format import RecordingError
from tui.feed.recording.rewind import Rewind

NIGHT = night(6)
damage = st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=4), st.integers(0, 4)), min_size=1, max_size=4)


@settings(max_examples=40)
@given(damage=damage)
@pytest.mark.parametrize("name", ["plain", "packed.gz"])
def test_bytes_that_are_changed_added_or_lost_anywhere_bring_nothing_down(
    name: str, damage: list[tuple[float, bytes, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = tmp_path_factory.getbasetemp() / f"damage-{name}"
    data = bytearray((whole if whole.exists() else written(whole, NIGHT)).read_bytes())
    for share, put, taken in damage:
        at = round(share * len(data))
        data[at : at + taken] = put
    file = Path(f"{whole}-damaged")
    file.write_bytes(data)
    try:
        archive = Archive(str(file), load())
    except RecordingError as refusal:
        text = str(refusal)
    else:
        text = archive.trouble
        _go_through(archive)
    assert "\n" not in text


def _go_through(archive: Archive) -> None:
    asyncio.run(archive.index())
    rewind = Rewind(archive)
    rewind.go(archive.end)
    known_at(rewind.intake, rewind.now)


@settings(max_examples=60)
@given(
    key=st.sampled_from(
        ["state", "inventory", "events", "moved", "marks", "watermark", "source", "caught_up", "streams"]
    ),
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-5, 2**62) | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
)
def test_a_line_with_any_value_under_any_key_brings_nothing_down(
    key: str, value: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = written(tmp_path_factory.getbasetemp() / "any-value", NIGHT)
    lines = file.read_bytes().splitlines()
    lines.insert(-1, json.dumps({"t": NIGHT[-2].t, "streams": [["s", "g", ""]], key: value}).encode())
    file.write_bytes(b"\n".join(lines))
    _go_through(Archive(str(file), load()))
    file.unlink()
