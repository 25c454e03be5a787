"""A recording's file: plain or gzip, cut at any byte, appended to, and never overwritten."""

import gzip
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import NOON
from tests.feed.recording.nights import HEADER, night, written
from tui.feed.recording.format import VERSION, Encoder, Header, Recorded, RecordingError
from tui.feed.recording.reader import Reader
from tui.feed.recording.writer import Writer
from tui.feed.source import Batch

NIGHT = night(20)


def read(path: Path) -> list[Header | Recorded]:
    reader, found = Reader.open(str(path)), list[Header | Recorded]()
    while (each := reader.next()) is not None:
        found.append(each)
    return found


@pytest.fixture(params=["night.jsonl", "night.jsonl.gz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def test_what_was_written_is_read(path: Path) -> None:
    assert read(written(path, NIGHT)) == [HEADER, *NIGHT]
    assert path.read_bytes().startswith(b"\x1f\x8b") is (path.suffix == ".gz")


def test_other_programs_read_it(tmp_path: Path) -> None:
    plain, packed = written(tmp_path / "a", NIGHT), written(tmp_path / "b.gz", NIGHT)
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert [json.loads(line)["t"] for line in plain.read_text().splitlines()[1:]] == [each.t for each in NIGHT]


def test_each_batch_is_in_the_file_at_once(path: Path) -> None:
    writer = Writer(str(path), HEADER)
    for number, each in enumerate(NIGHT[:-1], start=1):
        writer.batch(each.batch or Batch(), t=each.t)
        assert read(path)[1:] == NIGHT[:number]
    writer.abandon()


@settings(max_examples=60)
@given(share=st.floats(0, 1))
@pytest.mark.parametrize("name", ["night.jsonl", "night.jsonl.gz"])
def test_a_file_that_is_cut_at_any_byte_is_read_up_to_the_last_whole_line(
    name: str, share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = tmp_path_factory.getbasetemp() / name
    data = (whole if whole.exists() else written(whole, NIGHT)).read_bytes()
    size = round(share * len(data))
    cut = tmp_path_factory.getbasetemp() / f"cut-{name}"
    cut.write_bytes(data[:size])
    lines = data[:size].split(b"\n") if name == "night.jsonl" else None
    if lines is not None and len(lines) == 1:
        with pytest.raises(RecordingError, match="is not a recording of tunnelwatch"):
            read(cut)
        return
    try:
        found = read(cut)
    except RecordingError:
        assert size < len(Encoder().header(HEADER)) + 60
        return
    assert found == [HEADER, *NIGHT][: len(found)]
    if lines is not None:
        assert len(found) == len(lines) - 1
    elif size == len(data):
        assert len(found) == len(NIGHT) + 1


def test_how_much_was_cut_is_said(tmp_path: Path) -> None:
    path = written(tmp_path / "night", NIGHT)
    data = path.read_bytes()
    path.write_bytes(data[:-3])
    reader = Reader.open(str(path))
    while reader.next() is not None:
        pass
    unfinished = len(data.splitlines()[-1]) - 2
    assert reader.damage == f"{path}: its last {unfinished} bytes are no whole line; the rest is shown."
    path.write_bytes(data)
    reader = Reader.open(str(path))
    while reader.next() is not None:
        pass
    assert reader.damage == ""


def test_a_cursor_forks_anywhere_and_both_read_on(path: Path) -> None:
    written(path, night(300))  # several blocks
    whole = read(path)
    reader = Reader.open(str(path))
    for number in range(len(whole)):
        fork = reader.fork().fork()
        if number % 7 == 0:
            rest = []
            while (each := fork.next()) is not None:
                rest.append(each)
            assert rest == whole[number:]
        assert reader.next() == whole[number]


def test_a_new_run_is_appended(path: Path) -> None:
    written(path, NIGHT)
    written(path, NIGHT)
    assert [each for each in read(path) if isinstance(each, Header)] == [HEADER, HEADER]
    assert len(read(path)) == 2 * len([HEADER, *NIGHT])


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_run_that_is_appended_after_a_cut_is_read_whole(path: Path, cut: int) -> None:
    writer = Writer(str(path), HEADER)
    for each in NIGHT[:-1]:
        writer.batch(each.batch or Batch(), t=each.t)
    writer.abandon()  # as when the program is killed
    before = read(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - cut)
    written(path, NIGHT)
    found = read(path)
    assert found[: -len(NIGHT) - 1] in (before, before[:-1])  # without its line's end, the last batch is whole
    assert found[-len(NIGHT) - 1] == HEADER
    assert [each.batch for each in found[-len(NIGHT) :] if isinstance(each, Recorded)] == [each.batch for each in NIGHT]


def test_a_program_that_was_killed_between_two_batches_has_lost_nothing(tmp_path: Path) -> None:
    path = tmp_path / "night.gz"
    writer = Writer(str(path), HEADER)
    writer.batch(NIGHT[2].batch or Batch(), t=NIGHT[2].t)
    writer.abandon()
    written(path, NIGHT)
    reader = Reader.open(str(path))
    found = []
    while (each := reader.next()) is not None:
        found.append(each)
    assert len(found) == len(NIGHT) + 3
    assert reader.damage == ""


def test_a_damaged_line_is_left_out_and_counted(tmp_path: Path) -> None:
    path = written(tmp_path / "night", NIGHT)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:5], b'{"t":17,"ev\xff\n', *lines[6:]]))
    reader = Reader.open(str(path))
    found = []
    while (each := reader.next()) is not None:
        found.append(each)
    assert len(found) == len(lines) - 1
    assert reader.damage == f"{path}: 1 place in it could not be read; the rest is shown."


def test_time_never_turns_back(tmp_path: Path) -> None:
    times = (NOON + 200, NOON + 100, NOON + 300)
    path = written(tmp_path / "night", [Recorded(t, Batch(watermark=t)) for t in times])
    assert [each.t for each in read(path)[1:]] == [NOON + 200, NOON + 200, NOON + 300]


def test_only_the_owner_may_read_a_new_recording(path: Path) -> None:
    written(path, NIGHT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"the only copy of my thesis\n",
        b"{}\n",
        b"\x1f\x8b\x08 no gzip",
        gzip.compress(b"my thesis", mtime=0),
        b"\x00" * 99,
    ],
    ids=["a text", "an object", "no gzip", "gzip", "zeros"],
)
def test_what_is_no_recording_is_neither_read_nor_written_over(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "thesis"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="is not a recording of tunnelwatch"):
        Reader.open(str(path))
    with pytest.raises(RecordingError, match="It is left as it is"):
        Writer(str(path), HEADER)
    assert path.read_bytes() == content


def test_a_newer_version_is_neither_read_nor_written_over(tmp_path: Path) -> None:
    path = tmp_path / "newer"
    path.write_text(json.dumps({"format": HEADER.format, "version": VERSION + 1}) + "\n")
    for use in (lambda: Reader.open(str(path)), lambda: Writer(str(path), HEADER)):
        with pytest.raises(RecordingError, match="written by a newer tunnelwatch"):
            use()


def _as_a_folder(path: Path) -> None:
    path.mkdir()


def _as_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def _as_nothing(path: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("make", "reason"),
    [(_as_a_folder, "a directory|not a file"), (_as_a_pipe, "not a file"), (_as_nothing, "No such file or directory")],
)
def test_what_cannot_be_read_is_said_in_one_line(make: Callable[[Path], None], reason: str, tmp_path: Path) -> None:
    make(tmp_path / "x")
    with pytest.raises(RecordingError, match=reason) as refusal:
        Reader.open(str(tmp_path / "x"))
    assert "\n" not in str(refusal.value)


def test_a_recording_goes_where_it_can(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file or directory"):
        Writer(str(tmp_path / "missing" / "x"), HEADER)
    with pytest.raises(RecordingError, match="directory"):
        Writer(str(tmp_path), HEADER)


def test_two_programs_do_not_write_into_one_file(path: Path) -> None:
    first = Writer(str(path), HEADER)
    with pytest.raises(RecordingError, match="is being written by another tunnelwatch"):
        Writer(str(path), HEADER)
    first.close(t=HEADER.started)
    Writer(str(path), HEADER).close(t=HEADER.started)
