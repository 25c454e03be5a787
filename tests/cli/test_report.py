"""`report` as a command: from CloudWatch and from a recording, in each format, and each mistake in one line."""

import csv
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.accounts import GROUP, options_for
from tests.cli.conftest import NIGHT
from tests.conftest import Run
from tests.factories import IP
from tests.feed.recording.nights import HEADER
from tui.demo.server.endpoint import Endpoint
from tui.domain.times import iso
from tui.feed.recording.format import Recorded
from tui.feed.recording.writer import Writer
from tui.feed.source import Batch


@pytest.mark.parametrize(
    ("form", "begins"), [("md", "# VPN report"), ("html", "<!DOCTYPE html>"), ("csv", "connection,")]
)
def test_a_report_comes_straight_from_cloudwatch(endpoint: Endpoint, tunnelwatch: Run, form: str, begins: str) -> None:
    options = ("--since", "2h", "--log-group", GROUP, *options_for(endpoint))
    result = tunnelwatch("report", "--format", form, *options)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(begins)


def test_a_report_comes_from_a_recording_with_its_outages_changes_and_notes(night_file: str, tunnelwatch: Run) -> None:
    result = tunnelwatch("report", night_file, "--format", "json")
    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert (found["from"], found["generated_at"]) == (iso(HEADER.since), iso(NIGHT[-1].t))
    tunnel = found["connections"][0]["tunnels"][0]
    assert tunnel["outside_ip"] == IP
    assert "psk_mismatch" in {outage["code"] for outage in tunnel["outages"]}
    assert [mark["text"] for mark in found["marks"]] == ["customer changed the PSK"]
    assert [(change["what"], change["who"]) for change in found["changes"]] == [
        ("ModifyVpnTunnelOptions: Phase1DHGroupNumbers", "user ops"),
        ("EC2: Phase1DHGroupNumbers  14 → 2", "user ops"),
    ]


def test_since_counts_from_the_end_of_a_recording(night_file: str, tunnelwatch: Run) -> None:
    found = json.loads(tunnelwatch("report", night_file, "--since", "1m", "--format", "json").stdout)
    assert found["from"] == iso(NIGHT[-1].t - 60_000)


def test_of_a_recording_with_several_runs_the_last_counts_or_a_chosen_one_and_that_is_said(
    night_file: str, tunnelwatch: Run
) -> None:
    later = [Recorded(each.t + 7_200_000, each.batch) for each in NIGHT[:4]]
    writer = Writer(night_file, replace(HEADER, started=later[0].t))
    for each in later:
        writer.batch(each.batch or Batch(), t=each.t)
    writer.close(t=later[-1].t)
    first, second = (f"({iso(run[0].t)} to {iso(run[-1].t)})" for run in (NIGHT, later))
    last = tunnelwatch("report", night_file, "--format", "json")
    words = f"The recording has 2 runs; this report is on run 2 {second}. --run chooses another: 1 {first}."
    assert json.loads(last.stdout)["notices"] == [words]
    assert last.stderr == f"tunnelwatch: {words}\n"
    chosen = tunnelwatch("report", night_file, "--run", "1", "--format", "json")
    assert (json.loads(chosen.stdout)["generated_at"], chosen.stderr) == (iso(NIGHT[-1].t), "")
    assert "this report is on run 1" in json.loads(chosen.stdout)["notices"][0]
    alone = json.loads(tunnelwatch("report", night_file, "--run", "1", "--since", "1m", "--format", "json").stdout)
    assert alone["from"] == iso(NIGHT[-1].t - 60_000)


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    """A named pipe without a writer."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


def test_what_is_no_file_is_one_line_and_holds_nobody_up(pipe: str, tmp_path: Path, tunnelwatch: Run) -> None:
    for command in (["report", pipe], ["report", f"{tmp_path}/"], ["accept", "--prefixes", pipe]):
        done = tunnelwatch(*command)
        assert (done.returncode, done.stderr.count("\n")) == (3, 1)
        assert "t is not a file." in done.stderr


def test_a_masked_report_names_nobody(night_file: str, tunnelwatch: Run) -> None:
    secrets = ("203.0.113.17", "198.51.100.200", "vpn-0a1b2c3d4e5f60718", "hq", "123456789012", "cgw-0a1b2c3d4e5f67890")
    for form in ("md", "html", "json", "csv"):
        printed = tunnelwatch("report", night_file, "--mask", "--format", form).stdout
        assert [secret for secret in secrets if secret in printed] == []
        assert len(printed) > 500


def test_csv_has_one_outage_a_line(night_file: str, tunnelwatch: Run) -> None:
    document = json.loads(tunnelwatch("report", night_file, "--format", "json").stdout)
    outages = [outage for each in document["connections"] for tunnel in each["tunnels"] for outage in tunnel["outages"]]
    rows = list(csv.DictReader(io.StringIO(tunnelwatch("report", night_file, "--format", "csv").stdout)))
    assert [row["start"] for row in rows] == [outage["start"] for outage in outages] != []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nosuch/night.jsonl",), "nosuch/night.jsonl: No such file or directory."),
        ((__file__,), "is not a recording of tunnelwatch."),
        (("NIGHT", "--since", "noonish"), "'noonish' is not a look-back"),
        (("NIGHT", "--run", "2"), "has 1."),
        (("hq", "--run", "2"), "name its file."),
        (("NIGHT", "hq"), "A report is of one recording, or of what selectors choose"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: tuple[str, ...], said: str, night_file: str, tunnelwatch: Run) -> None:
    result = tunnelwatch("report", *(night_file if argument == "NIGHT" else argument for argument in arguments))
    assert (result.returncode, result.stdout) == (3, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
