"""However `tail` ends, its session is closed at the server, its output is complete, and there is no traceback."""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.accounts import GROUP, account, log, options_for
from tests.pipes import Piped, run_piped
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults

PATIENCE = 20


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serve_in_thread(account()) as running:
        yield running


def until(holds: Callable[[], bool]) -> bool:
    """Wait until the condition holds; return False if it does not in good time."""
    end = time.monotonic() + PATIENCE
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.01)  # spinning would keep the server's thread from its work
    return held


@contextmanager
def tailing(endpoint: Endpoint) -> Iterator[Piped]:
    """A `tail --json` that has printed its look-back and reported that it is live."""
    with run_piped("-m", "tui", "tail", "--json", "--log-group", GROUP, *options_for(endpoint)) as tail:
        awaited = {'"type": "event"', '"state": "live"'}
        while awaited:
            line = tail.stdout.readline()
            assert line
            awaited -= {text for text in awaited if text in line}
        yield tail


def closed(endpoint: Endpoint) -> bool:
    return until(lambda: endpoint.sessions_open == 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_tail_and_its_session(endpoint: Endpoint, number: signal.Signals) -> None:
    with tailing(endpoint) as tail:
        tail.process.send_signal(number)
        assert tail.process.wait(PATIENCE) == 0
        assert tail.stderr.read() == ""
        assert closed(endpoint)


def test_a_reader_that_goes_away_ends_the_tail_and_its_session(endpoint: Endpoint) -> None:
    with tailing(endpoint) as tail:
        tail.stdout.close()
        log(endpoint.store, "AWS tunnel is sending DPD request")
        assert tail.process.wait(PATIENCE) == 0
        assert tail.stderr.read() == ""
        assert closed(endpoint)


def test_a_reader_that_goes_away_ends_the_tail_also_while_nothing_is_logged(endpoint: Endpoint) -> None:
    with tailing(endpoint) as tail:
        tail.stdout.close()
        assert tail.process.wait(PATIENCE) == 0
        assert tail.stderr.read() == ""
        assert closed(endpoint)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_status_that_is_cut_short_could_not_tell_and_prints_nothing(
    endpoint: Endpoint, number: signal.Signals
) -> None:
    endpoint.faults = Faults(filter_slow=60)
    with run_piped("-m", "tui", "status", "--log-group", GROUP, *options_for(endpoint)) as status:
        assert until(lambda: endpoint.calls["FilterLogEvents"] == 1)
        status.process.send_signal(number)
        assert status.process.wait(PATIENCE) == 3
        assert (status.stdout.read(), status.stderr.read()) == ("", "")


def test_a_hang_up_that_is_ignored_does_not_end_the_tail(endpoint: Endpoint) -> None:
    """nohup ignores SIGHUP, and so must the program."""
    was = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited
    try:
        with tailing(endpoint) as tail:
            tail.process.send_signal(signal.SIGHUP)
            log(endpoint.store, "Peer is not responsive")
            assert any("Peer is not responsive" in line for line in tail.stdout)
            tail.process.send_signal(signal.SIGTERM)
            assert tail.process.wait(PATIENCE) == 0
    finally:
        signal.signal(signal.SIGHUP, was)


PRINTING = """
import asyncio, sys
from tui.cli.output import Output
from tui.cli.process import run_until_signal
count, length = map(int, sys.argv[1:])
output = Output()
async def stay():
    output("begun")
    print("ready", file=sys.stderr, flush=True)
    await asyncio.Event().wait()
run_until_signal(stay, output=output)
for number in range(count):
    output("x" * length)
"""


def test_what_is_printed_after_a_signal_reaches_a_reader_who_is_slow() -> None:
    with run_piped("-c", PRINTING, "4000", "300") as program:
        assert program.stderr.readline() == "ready\n"
        program.process.send_signal(signal.SIGTERM)
        assert len(list(program.stdout)) == 4_001


@pytest.mark.parametrize("length", [300, 200_000])
def test_a_line_of_any_length_does_not_wait_for_a_reader_who_takes_nothing(length: int) -> None:
    with run_piped("-c", PRINTING, "4000", str(length)) as program:
        assert program.stderr.readline() == "ready\n"
        program.process.send_signal(signal.SIGTERM)
        assert "ReaderGone" in program.stderr.read()
        assert program.process.wait(PATIENCE) != 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("length", [200, 20_000])
def test_a_reader_that_takes_nothing_does_not_keep_a_signal_from_ending_the_tail(
    endpoint: Endpoint, number: signal.Signals, length: int
) -> None:
    many = [f"line {number} {'x' * length}" for number in range(300)]
    with tailing(endpoint) as tail:
        log(endpoint.store, *many)
        pipe = tail.stdout.fileno()
        assert until(lambda: unread(pipe) > 50_000)  # nearly full, and most is still to come
        tail.process.send_signal(number)
        assert tail.process.wait(PATIENCE) == 0
        assert tail.stderr.read() == ""
        assert closed(endpoint)


def unread(pipe: int) -> int:
    """Return how many bytes are waiting in a pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.parametrize("arguments", [("status",), ("tail", "--no-follow"), ("policy",)])
def test_without_a_stdout_the_exit_code_still_tells(endpoint: Endpoint, arguments: tuple[str, ...]) -> None:
    where = options_for(endpoint) if arguments != ("policy",) else []
    command = [sys.executable, "-m", "tui", *arguments, *where]
    done = subprocess.run(command, preexec_fn=lambda: os.close(1), stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
    assert (done.returncode in (0, 1), done.stderr) == (True, "")


@pytest.mark.parametrize("library", ["botocore.credentials", "asyncio", "aiohttp.client"])
def test_what_a_library_warns_of_does_not_reach_the_terminal(library: str) -> None:
    program = f"""
import logging, tui.cli.program, tui.headless.explain
def warning(*arguments, **options):
    logging.getLogger({library!r}).warning("credentials", exc_info=ValueError("a secret"))
    return "explained"
tui.headless.explain.render_text = warning
tui.cli.program.main()
"""
    command = [sys.executable, "-c", program, "explain", "a message"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == ("explained\n", "")


def test_a_fault_of_ours_is_one_line_that_tells_its_place_and_none_of_its_words() -> None:
    program = """
import sys, tui.cli.program, tui.headless.explain
def broken(*arguments, **options):
    raise ValueError("what was read")
tui.headless.explain.render_text = broken
tui.cli.program.main()
"""
    command = [sys.executable, "-c", program, "explain", "a message"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "internal error (ValueError at" in done.stderr
    assert "what was read" not in done.stderr
