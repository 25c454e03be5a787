"""What a run leaves behind and whom it contacts: no file unless asked for, nobody but the given endpoint."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.accounts import account, options_for
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import Endpoint, serve_in_thread

AUDITED = """
import json, os, sys
told = os.open(os.environ["TOLD"], os.O_WRONLY | os.O_APPEND)
def hear(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        os.write(told, (json.dumps(arguments[1]) + chr(10)).encode())
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        os.write(told, (json.dumps([str(each) for each in arguments[:2]]) + chr(10)).encode())
sys.addaudithook(hear)
os.chdir(os.environ["WORK"])
from tui.cli.program import main
main()
"""
"""The program under an audit hook of the interpreter, which no library gets round."""
ASKING = ["status", "tail --no-follow", "watch"]
OFFLINE = ["explain x", "policy", "demo --list", "demo --faults help", "--help"]
PLACES = {"HOME": "home", "WORK": "work", "TMPDIR": "temporary", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache"}

Address = tuple[str | int, ...]
"""A host and a port, with a flow and a scope in IPv6."""


@dataclass(frozen=True, slots=True)
class Traces:
    """The files that a run left, the addresses that it contacted, and the endpoint's, if there was one."""

    files: list[Path]
    asked: set[Address]
    given: set[Address]


def run(arguments: list[str], endpoint: Endpoint, env: dict[str, str]) -> None:
    if arguments[0] != "watch":
        command = [sys.executable, "-c", AUDITED, *arguments]
        done = subprocess.run(command, env=os.environ | env, capture_output=True, timeout=50)
        assert done.stderr == b""
        return
    with Pseudo("-c", AUDITED, *arguments, env=env) as terminal:
        terminal.wait_for(lambda: endpoint.sessions_open == 1)
        terminal.press("q")
        assert terminal.finish() == 0


@pytest.fixture(scope="module", params=[*ASKING, *OFFLINE])
def traces(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Traces:
    """A command run to its end where every place that it could write to is empty."""
    folder, told = tmp_path_factory.mktemp("places"), tmp_path_factory.mktemp("told") / "asked"
    told.touch()
    for place in PLACES.values():
        (folder / place).mkdir()
    env = {name: str(folder / place) for name, place in PLACES.items()} | {"TOLD": str(told)}
    with pytest.MonkeyPatch.context() as patch, serve_in_thread(account()) as endpoint:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        is_given = request.param in ASKING
        where = options_for(endpoint) if is_given else []
        run([*request.param.split(), *where], endpoint, env)
        given: set[Address] = {("127.0.0.1", endpoint.port)} if is_given else set()
    files = [each for each in folder.rglob("*") if each.is_file()]
    asked = [json.loads(line) for line in told.read_text().splitlines()]
    return Traces(files, {(host, int(port)) for host, port, *_ in asked}, given)


def test_no_file_is_written_unless_one_is_asked_for(traces: Traces) -> None:
    assert traces.files == []


def test_nobody_is_asked_but_the_endpoint(traces: Traces) -> None:
    assert traces.asked == traces.given
