"""The user's command is run as given, for each change once, one at a time, and never longer than its limit."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.factories import IP, OTHER_IP, VPN
from tui.content.notices import Notice
from tui.domain.acceptance.notices import Change, Standing
from tui.domain.judgement.verdict import Verdict
from tui.headless.on_change import OnChange

BOTH = Standing(Verdict.REDUNDANT, ((IP, True), (OTHER_IP, True)))
ONE = Standing(Verdict.AT_RISK, ((IP, True), (OTHER_IP, False)))
NONE = Standing(Verdict.DOWN, ((IP, False), (OTHER_IP, False)))
NOTE = """
import json, os, sys
given = json.load(sys.stdin)
given["argv"] = sys.argv[2:]
given["env"] = {name: value for name, value in os.environ.items() if name.startswith("TUNNELWATCH_")}
with open(sys.argv[1], "a") as file:
    file.write(json.dumps(given) + "\\n")
"""
HANG = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(600)
"""


def notice(before: Standing, after: Standing, *, name: str = "hq", vpn: str = VPN) -> Notice:
    return Notice(Change(vpn, 5_000, before, after), 1_000, name)


@asynccontextmanager
async def running(command: Sequence[str], *, limit: float = 20.0) -> AsyncIterator[tuple[OnChange, list[str]]]:
    lines: list[str] = []
    on_change = OnChange(command, tell=lines.append, limit=limit)
    try:
        yield on_change, lines
    finally:
        await on_change.close()


def noting(file: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-c", NOTE, str(file), *arguments]


def noted(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(45):
        while not holds():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def script(folder: Path, text: str, *, mode: int = 0o700) -> Path:
    file = folder / f"hook-{mode:o}"
    file.write_text(text + "\n")
    file.chmod(mode)
    return file


async def test_the_change_comes_as_json_on_stdin_and_in_the_environment(tmp_path: Path) -> None:
    async with running(noting(tmp_path / "noted")) as (on_change, lines):
        on_change.notify([notice(BOTH, ONE)])
        await on_change.finish()
    (given,) = noted(tmp_path / "noted")
    assert given["type"] == "change"
    assert (given["connection"], given["name"], given["at"]) == (VPN, "hq", "1970-01-01T00:00:01Z")
    assert (given["verdict_before"], given["verdict"]) == ("redundant", "at_risk")
    assert (given["carrying"], given["total"], given["diagnosis"]) == (1, 2, None)
    assert given["tunnels"][1] == {"outside_ip": OTHER_IP, "carries": False, "carries_before": True}
    assert given["env"]["TUNNELWATCH_VERDICT"] == "at_risk"
    assert given["env"]["TUNNELWATCH_CARRYING"] == "1"
    assert given["env"]["TUNNELWATCH_SUMMARY"] == given["summary"]
    assert lines == []


async def test_no_shell_sees_the_command_or_a_name(tmp_path: Path) -> None:
    name = "hq; touch owned\n$(touch owned)\x1b]2;owned\a\0"
    async with running(noting(tmp_path / "noted", "$HOME", "; touch owned", "*")) as (on_change, _):
        on_change.notify([notice(BOTH, ONE, name=name)])
        await on_change.finish()
    (given,) = noted(tmp_path / "noted")
    assert given["argv"] == ["$HOME", "; touch owned", "*"]
    assert given["env"]["TUNNELWATCH_NAME"] == "hq; touch owned $(touch owned)]2;owned"
    assert not os.path.exists("owned")  # noqa: ASYNC240 - one look at the end


async def test_while_one_runs_the_latest_state_waits_and_nothing_runs_beside_it(tmp_path: Path) -> None:
    async with running(noting(tmp_path / "noted")) as (on_change, _):
        on_change.notify([notice(BOTH, ONE)])
        await asyncio.sleep(0)  # it runs
        on_change.notify([notice(ONE, NONE), notice(BOTH, NONE, vpn="vpn-0c2d3e4f", name="osaka")])
        on_change.notify([notice(NONE, BOTH)])
        await on_change.finish()
    changes = [(each["name"], each["verdict_before"], each["verdict"]) for each in noted(tmp_path / "noted")]
    assert changes == [("hq", "redundant", "at_risk"), ("osaka", "redundant", "down"), ("hq", "at_risk", "redundant")]


async def test_a_command_that_hangs_is_ended_with_its_children_and_the_next_one_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HANG, str(tmp_path / "pid")]
    async with running(command, limit=3.0) as (on_change, lines):
        on_change.notify([notice(BOTH, ONE)])
        await on_change.finish()
        await until(lambda: not is_running(int((tmp_path / "pid").read_text())))
        on_change.notify([notice(ONE, NONE)])
        await on_change.finish()
    assert len(lines) == 1  # the second time says nothing new
    assert "did not end within 3 s and was stopped" in lines[0]


async def test_closing_ends_a_command_that_runs(tmp_path: Path) -> None:
    async with running([sys.executable, "-c", HANG, str(tmp_path / "pid")]) as (on_change, _):
        on_change.notify([notice(BOTH, ONE)])
        await until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
    await until(lambda: not is_running(int((tmp_path / "pid").read_text())))


async def test_closing_ends_a_command_that_is_being_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create, reported = asyncio.create_subprocess_exec, asyncio.Event()

    async def slow(*command: Any, **options: Any) -> Any:
        process = await create(*command, **options)
        await reported.wait()
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", slow)
    async with running([sys.executable, "-c", HANG, str(tmp_path / "pid")]) as (on_change, _):
        on_change.notify([notice(BOTH, ONE)])
        await until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
        closing = asyncio.create_task(on_change.close())
        await asyncio.sleep(0)
        reported.set()
        await closing
    await until(lambda: not is_running(int((tmp_path / "pid").read_text())))


async def test_a_flood_of_output_reaches_nobody_and_holds_nothing_up() -> None:
    flood = "import os\nfor _ in range(2_000): os.write(1, b'x' * 4096), os.write(2, b'y' * 4096)"
    async with running([sys.executable, "-c", flood]) as (on_change, lines):
        on_change.notify([notice(BOTH, ONE)])
        await on_change.finish()
    assert lines == []


async def test_a_child_that_stays_in_the_background_holds_nothing_up(tmp_path: Path) -> None:
    stays = f"import subprocess; print(subprocess.Popen(['sleep', '60']).pid, file=open('{tmp_path}/pid', 'w'))"
    async with running([sys.executable, "-c", stays]) as (on_change, lines):
        on_change.notify([notice(BOTH, ONE)])
        await on_change.finish()
    child = int((tmp_path / "pid").read_text())
    assert is_running(child)
    os.kill(child, 9)
    assert lines == []


async def test_closing_ends_a_command_that_will_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.headless.on_change._GRACE", 0.05)
    stubborn = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + HANG
    async with running([sys.executable, "-c", stubborn, str(tmp_path / "pid")]) as (on_change, _):
        on_change.notify([notice(BOTH, ONE)])
        await until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
    assert on_change._working is not None
    assert on_change._working.done()
    await until(lambda: not is_running(int((tmp_path / "pid").read_text())))


async def test_many_changes_at_once_are_each_told_one_after_the_other(tmp_path: Path) -> None:
    file = tmp_path / "noted"
    count = [
        "sh",
        "-c",
        f"test ! -e {file}.lock && touch {file}.lock && echo $TUNNELWATCH_NAME >> {file}; rm {file}.lock",
    ]
    async with running(count) as (on_change, lines):
        on_change.notify([notice(BOTH, ONE, vpn=f"vpn-{n:08x}", name=f"site{n}") for n in range(100)])
        await on_change.finish()
    assert file.read_text().split() == [f"site{n}" for n in range(100)]
    assert lines == []


async def test_each_way_to_fail_is_told_once_and_ends_nothing(tmp_path: Path) -> None:
    for command, words in (
        (["/nowhere/hook"], "--on-change: /nowhere/hook cannot be run: No such file or directory."),
        ([str(tmp_path)], f"--on-change: {tmp_path} cannot be run: Permission denied."),
        ([sys.executable, "-c", "raise SystemExit(7)"], "python"),
        ([sys.executable, "-c", "import os; os.close(0); raise SystemExit(7)"], "failed with exit code 7."),
        ([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], "was ended by SIGKILL."),
        ([sys.executable, "-c", "import os; os.kill(os.getpid(), 40)"], "was ended by signal 40."),
        ([str(script(tmp_path, "echo no first line"))], "cannot be run: Exec format error."),
        ([str(script(tmp_path, "#!/bin/true", mode=0o600))], "cannot be run: Permission denied."),
    ):
        async with running(command) as (on_change, lines):
            for _ in range(3):
                on_change.notify([notice(BOTH, ONE)])
                await on_change.finish()
        assert len(lines) == 1
        assert words in lines[0]
