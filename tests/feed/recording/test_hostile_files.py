"""Files made to do harm: memory and time stay bounded, and what is whole is read."""

import gzip
import json
from pathlib import Path

import pytest

from tests.factories import NOON
from tests.feed.recording.nights import night, written
from tui.feed.recording.format import FORMAT, VERSION, Header, RecordingError
from tui.feed.recording.lines import FileLines, OpenFile
from tui.feed.recording.reader import Reader

HEADER = json.dumps({"format": "tunnelwatch recording", "version": 1, "started": 1_795_435_200_000})
MEGABYTE = b"a" * (1 << 20)


def rest_of(path: Path) -> Reader:
    reader = Reader.open(str(path))
    while reader.next() is not None:
        pass
    return reader


@pytest.mark.parametrize("filling", [MEGABYTE, b"\n" * (1 << 20)], ids=["a line without an end", "empty lines"])
def test_a_gzip_bomb_is_damage_and_is_not_inflated(filling: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb") as file:
        file.write(HEADER.encode() + b"\n")
        for _ in range(100):
            file.write(filling)
    lines = FileLines(OpenFile(str(path)))
    sizes = []
    while (line := lines.next()) is not None:
        sizes.append(len(line))
    assert lines.lost == 1
    assert sum(sizes) + len(sizes) < 10 << 20


def test_a_line_without_an_end_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(HEADER.encode() + b"\n" + MEGABYTE * 40 + b"\n" + b'{"t":1795435200001}\n')
    reader = rest_of(path)
    assert reader.t == 1_795_435_200_001
    assert "could not be read" in reader.damage


def test_an_intact_recording_that_is_not_read_to_its_end_is_not_called_cut(tmp_path: Path) -> None:
    path = written(tmp_path / "night.jsonl", night(200))
    reader = Reader.open(str(path))
    assert path.stat().st_size > 1 << 17
    assert isinstance(reader.next(), Header)
    for _ in range(20):
        reader.next()
    assert reader.damage == ""
    path.write_bytes(path.read_bytes()[:-10])
    assert "no whole line" in rest_of(path).damage


@pytest.mark.parametrize("listed", [[[[1], {}]], [["vpn-0a1b2c3d4e5f60718", 5]], [[7, "x"]], 3])
def test_what_is_no_text_where_a_name_belongs_is_damage(listed: object, tmp_path: Path) -> None:
    path = tmp_path / "listed.jsonl"
    batch = {"t": 1_795_435_200_001, "streams": [], "inventory": {"connections": [], "listed": listed}}
    path.write_text(f"{HEADER}\n{json.dumps(batch)}\n")
    assert "1 place in it could not be read" in rest_of(path).damage


def test_an_absurd_version_is_told_in_one_short_line(tmp_path: Path) -> None:
    path = tmp_path / "new.jsonl"
    path.write_text(HEADER.replace('"version": 1', f'"version": {"9" * 3_000}') + "\n")
    with pytest.raises(RecordingError) as wrong:
        Reader.open(str(path))
    assert len(str(wrong.value)) < len(str(path)) + 200


@pytest.mark.parametrize("since", [-(10**18), 10**30, 1.5, "yesterday"])
def test_a_header_whose_look_back_begins_at_no_time_of_a_calendar_is_no_recording(
    tmp_path: Path, since: object
) -> None:
    file = tmp_path / "night.jsonl"
    file.write_text(json.dumps({"format": FORMAT, "version": VERSION, "started": NOON, "since": since}) + "\n")
    with pytest.raises(RecordingError, match="is not a recording of tunnelwatch"):
        Reader.open(str(file))
