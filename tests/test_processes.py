"""A fork that runs a module is as good as a process that is started for it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pipes import run_piped, run_to_its_end
from tests.terminal.pseudo import Pseudo

REVEAL = ("-m", "tests.processes.reveal", "an argument", "--and=another")
UTF8 = {"LANG": "C.UTF-8", "PYTHONUTF8": "1"}
FROM_SCRATCH = {"LC_TIME": "C"}


def test_a_fork_is_given_what_a_process_is_started_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ONE_MORE", "née")
    monkeypatch.chdir(tmp_path)
    forked = run_to_its_end(*REVEAL, input="東京")
    started = subprocess.run(
        [sys.executable, *REVEAL], input="東京", capture_output=True, encoding="utf-8", env=os.environ | UTF8
    )
    found = json.loads(forked.stdout)
    assert found.pop("is a fork")
    assert found | {"is a fork": False} == json.loads(started.stdout)
    assert (forked.returncode, forked.stderr) == (started.returncode, started.stderr) == (7, "")


def revealed_in_terminal(env: dict[str, str]) -> dict[str, Any]:
    with Pseudo(*REVEAL, draws=False, env=env) as terminal:
        terminal.press("typed\n\x04")
        assert terminal.finish() == 7
        _, _, line = bytes(terminal.sent).partition(b"\n")
        found: dict[str, Any] = json.loads(line)
    assert all(found["environment"].pop(name) == value for name, value in env.items())
    return found


def test_a_fork_in_a_terminal_is_given_what_a_process_is_started_with_there() -> None:
    found = revealed_in_terminal({})
    assert found.pop("is a fork")
    assert found | {"is a fork": False} == revealed_in_terminal(FROM_SCRATCH)
    assert (found["leads"], found["input"]) == (True, "typed\n")


def test_a_signal_that_ends_a_fork_is_its_exit_code() -> None:
    with run_piped("-m", "tui", "explain") as explain:
        explain.process.send_signal(signal.SIGKILL)
        assert explain.process.wait(20) == -signal.SIGKILL
        assert explain.process.poll() == -signal.SIGKILL
