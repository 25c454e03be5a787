"""The debug log contains what a maintainer needs, and nothing that its owner could not pass on."""

import os
from pathlib import Path

import pytest

from tests.accounts import account, options_for
from tests.conftest import Run
from tests.factories import IP
from tui.demo.server.endpoint import serve_in_thread
from tui.demo.server.vpn import SECRET_MARK

TEXT = "a line that nobody else may read"


@pytest.fixture
def debugged(tunnelwatch: Run, tmp_path: Path) -> Path:
    """The debug log of a `status`, as a file."""
    file = tmp_path / "debug.log"
    file.touch(0o644)
    with serve_in_thread(account(TEXT)) as endpoint:
        done = tunnelwatch("status", "--debug", str(file), *options_for(endpoint))
    assert IP in done.stdout
    return file


def test_it_begins_with_the_versions_and_the_terminal(debugged: Path) -> None:
    first, second, third, *_ = debugged.read_text().splitlines()
    assert "tunnelwatch" in first
    assert "Python" in first
    assert all(name in second for name in ("textual", "aiobotocore", "botocore"))
    assert "terminal" in third


def test_it_tells_the_calls_and_how_long_they_took(debugged: Path) -> None:
    text = debugged.read_text()
    assert "ec2:DescribeVpnConnections" in text
    assert "logs:FilterLogEvents" in text
    assert " ms" in text


def test_it_holds_no_secret_and_no_log_text(debugged: Path) -> None:
    text = debugged.read_text()
    assert SECRET_MARK not in text
    assert TEXT not in text
    assert "testing" not in text  # the credentials of the tests


def test_its_owner_alone_can_read_it(debugged: Path) -> None:
    assert debugged.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_costs_the_log_and_nothing_else(tunnelwatch: Run) -> None:
    done = tunnelwatch("explain", "--json", "dpd", "--cgw", "generic", input="")
    full = tunnelwatch(
        "status", "--debug", "/dev/full", "--endpoint-url", "http://127.0.0.1:9", "--region", "eu-west-1"
    )
    assert done.returncode == 0
    assert len(full.stderr.splitlines()) == 1


def test_a_pipe_that_nobody_reads_is_refused(tunnelwatch: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = tunnelwatch("status", "--debug", str(tmp_path / "pipe"))
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)


def test_a_place_that_cannot_be_written_is_one_clear_line(tunnelwatch: Run, tmp_path: Path) -> None:
    done = tunnelwatch("status", "--debug", str(tmp_path / "absent" / "debug.log"))
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
