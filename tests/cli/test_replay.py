"""`--record` and `replay` as commands: what was recorded is played, and each mistake is one line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.accounts import GROUP, options_for
from tests.cli.conftest import NIGHT
from tests.conftest import Run
from tests.feed.recording.nights import ESTABLISHED, HEADER, status_at, taken_in, written
from tui.demo.server.endpoint import Endpoint
from tui.domain.times import iso


@pytest.mark.parametrize("name", ["night.jsonl", "night.jsonl.gz"])
def test_replay_prints_what_tail_printed(endpoint: Endpoint, tunnelwatch: Run, tmp_path: Path, name: str) -> None:
    file = str(tmp_path / name)
    options = ("--json", "--no-follow", "--log-group", GROUP, *options_for(endpoint))
    tail = tunnelwatch("tail", "--record", file, *options)
    assert (tail.returncode, tail.stderr) == (0, "")
    assert '"type": "event"' in tail.stdout
    replay = tunnelwatch("replay", file, "--json")
    assert (replay.returncode, replay.stderr, replay.stdout) == (0, "", tail.stdout)
    again = tunnelwatch("tail", "--record", file, *options)  # appended
    assert tunnelwatch("replay", file, "--json").stdout == tail.stdout + again.stdout


def test_status_is_that_of_the_end_or_of_a_moment(night_file: str, tunnelwatch: Run) -> None:
    end = NIGHT[-1].t
    assert tunnelwatch("replay", night_file, "--status").stdout == status_at(taken_in(NIGHT), end) + "\n"
    t = NIGHT[12].t
    for text in (iso(t), f"{(end - t) // 1000}s"):
        printed = tunnelwatch("replay", night_file, "--status", "--at", text)
        assert (printed.returncode, printed.stderr) == (0, "")
        assert printed.stdout == status_at(taken_in(NIGHT[:13]), t) + "\n"


def test_a_masked_replay_names_nobody(night_file: str, tunnelwatch: Run) -> None:
    secrets = ("203.0.113.17", "198.51.100.200", "vpn-0a1b2c3d4e5f60718", "hq", "123456789012", "cgw-0a1b2c3d4e5f67890")
    for options in (("--json",), ("--status",)):
        plain, masked = (tunnelwatch("replay", night_file, *options, *more) for more in ((), ("--mask",)))
        assert masked.returncode == 0
        assert len(masked.stdout.splitlines()) == len(plain.stdout.splitlines())
        assert [secret for secret in secrets if secret in masked.stdout] == []
        assert any(secret in plain.stdout for secret in secrets)


def test_what_is_recorded_is_not_masked(endpoint: Endpoint, tunnelwatch: Run, tmp_path: Path) -> None:
    file = str(tmp_path / "night")
    options = ("--no-follow", "--log-group", GROUP, *options_for(endpoint))
    assert GROUP not in tunnelwatch("tail", "--json", "--mask", "--record", file, *options).stdout
    assert GROUP in Path(file).read_text()
    plain = tunnelwatch("tail", "--json", *options).stdout
    events = [line for line in plain.splitlines() if '"event"' in line]
    assert [line for line in tunnelwatch("replay", file, "--json").stdout.splitlines() if '"event"' in line] == events


def test_a_cut_file_is_printed_and_what_is_missing_is_said(tmp_path: Path, tunnelwatch: Run) -> None:
    path = written(tmp_path / "night.jsonl", NIGHT)
    whole = tunnelwatch("replay", str(path), "--json").stdout
    path.write_bytes(path.read_bytes()[:-200])
    cut = tunnelwatch("replay", str(path), "--json")
    assert cut.returncode == 0
    assert whole.startswith(cut.stdout)
    assert cut.stderr.count("\n") == 1
    assert "are no whole line; the rest is shown." in cut.stderr


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("my thesis\n", ("--json",), "is not a recording of tunnelwatch."),
        ('{"format":"tunnelwatch recording","version":99}\n', ("--json",), "was written by a newer tunnelwatch"),
        (None, ("--json",), "No such file or directory."),
        ("night", ("--status", "--at", "noonish"), "'noonish' is not a moment"),
        ("night", ("--status", "--at", "2031-01-01"), "lies in the time after the recording"),
        ("night", ("--status", "--at", "2001-01-01"), "the recording is of 2026-11-23T12:00:00Z to 2026-11-23T12:01:"),
        ("night", ("--json", "--status"), "--json prints the whole recording"),
    ],
)
def test_what_is_wrong_is_one_line(
    content: str | None, options: tuple[str, ...], said: str, tmp_path: Path, tunnelwatch: Run
) -> None:
    path = tmp_path / "file"
    if content == "night":
        written(path, NIGHT)
    elif content is not None:
        path.write_text(content)
    result = tunnelwatch("replay", str(path), *options)
    assert (result.returncode, result.stdout) == (3, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_no_recording_is_refused_before_anything_is_read(
    endpoint: Endpoint, tunnelwatch: Run, tmp_path: Path
) -> None:
    thesis = tmp_path / "thesis"
    thesis.write_text("the only copy\n")
    result = tunnelwatch("tail", "--record", str(thesis), "--log-group", GROUP, *options_for(endpoint))
    assert (result.returncode, result.stdout) == (3, "")
    assert "is not a recording of tunnelwatch. It is left as it is; name another file." in result.stderr
    assert result.stderr.count("\n") == 1
    assert thesis.read_text() == "the only copy\n"
    assert not endpoint.calls


def test_a_full_disk_ends_the_recording_and_not_the_watch(endpoint: Endpoint, tmp_path: Path, tunnelwatch: Run) -> None:
    file = tmp_path / "night"
    options = ["--json", "--no-follow", "--log-group", GROUP, *options_for(endpoint)]
    whole = tunnelwatch("tail", *options)
    command = [sys.executable, "-m", "tui", "tail", "--record", str(file), *options]
    # A limit on the size of files fails a write as a full disk does, in the middle of a line.
    limited = ["bash", "-c", 'ulimit -f 1; exec "$@"', "bash", *command]
    result = subprocess.run(limited, capture_output=True, text=True, timeout=50)
    assert result.returncode == 0
    events = [line for line in whole.stdout.splitlines() if '"event"' in line]
    assert [line for line in result.stdout.splitlines() if '"event"' in line] == events
    assert result.stderr.count("\n") == 1
    assert f"The watch goes on, but its recording has ended: {file}: File too large." in result.stderr
    replay = tunnelwatch("replay", str(file), "--json")
    assert replay.returncode == 0
    assert "are no whole line" in replay.stderr


def test_json_of_a_recording_has_the_fields_of_tail(night_file: str, tunnelwatch: Run) -> None:
    lines = [json.loads(line) for line in tunnelwatch("replay", night_file, "--json").stdout.splitlines()]
    assert {line["type"] for line in lines} == {"event", "transition", "feed", "mark", "change"}
    assert {line["who"] for line in lines if line["type"] == "change"} == {"user ops"}
    assert any(ESTABLISHED in line.get("message", "") for line in lines)
    assert HEADER.started == NIGHT[0].t
