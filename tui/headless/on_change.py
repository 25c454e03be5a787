"""Runs the user's command on each change: without a shell, one run at a time, with a time limit."""

import asyncio
import contextlib
import json
import os
import shlex
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from tui.content.notices import Notice
from tui.domain.text import clean
from tui.domain.times import iso
from tui.headless.json_documents import Json

LIMIT: Final = 30.0
"""Time limit of a command, seconds."""
_GRACE: Final = 2.0
"""Seconds between SIGTERM and SIGKILL."""


class OnChange:
    """Runs a command, given as words, with each notice as JSON on its stdin and in `TUNNELWATCH_*` variables.

    While it runs, the notices of a connection are merged into one, from its earlier state to its present one. `tell`
    receives one line for each kind of failure, once.
    """

    def __init__(self, command: Sequence[str], *, tell: Callable[[str], object], limit: float = LIMIT) -> None:
        self._command = tuple(command)
        self._tell = tell
        self._limit = limit
        self._waiting: dict[str, Notice] = {}
        self._working: asyncio.Task[None] | None = None
        self._reported: set[str] = set()

    def __repr__(self) -> str:
        return f"OnChange({shlex.join(self._command)}, {len(self._waiting)} waiting)"

    def notify(self, notices: Sequence[Notice]) -> None:
        """Queue these notices for the command."""
        for notice in notices:
            earlier = self._waiting.pop(notice.change.connection, None)
            if earlier is not None:
                notice = replace(notice, change=replace(notice.change, before=earlier.change.before))
            self._waiting[notice.change.connection] = notice
        if notices and (self._working is None or self._working.done()):
            self._working = asyncio.create_task(self._work())

    def forget(self) -> None:
        """Discard the notices that are still queued."""
        self._waiting.clear()

    async def finish(self) -> None:
        """Wait until the command has run for every notice, for at most the time limit of one run."""
        if self._working is not None:
            await asyncio.wait([self._working], timeout=self._limit + 2 * _GRACE)

    async def close(self) -> None:
        """Stop the command if it is running, and never run it again."""
        self.forget()
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])

    async def _work(self) -> None:
        while self._waiting:
            await self._run_once(self._waiting.pop(next(iter(self._waiting))))

    async def _run_once(self, notice: Notice) -> None:
        name = clean(os.path.basename(self._command[0]))
        starting = asyncio.create_task(
            asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,  # stdout and stderr belong to the screen
                stderr=asyncio.subprocess.DEVNULL,
                env={**os.environ, **environment(notice)},
                start_new_session=True,  # a group of its own: it is stopped as a whole, and gets no ctrl+c of ours
            )
        )
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # If its start were cancelled, asyncio would kill the command alone, and its children would stay.
            with contextlib.suppress(OSError, ValueError):
                await _end(await starting)
            raise
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a command"
            self._report_once(f"--on-change: {clean(self._command[0])} cannot be run: {reason}.")
            return
        try:
            async with asyncio.timeout(self._limit):
                await process.communicate(json.dumps(document(notice)).encode() + b"\n")
        except TimeoutError:
            self._report_once(f"--on-change: {name} did not end within {self._limit:.0f} s and was stopped.")
            return
        finally:
            await _end(process)
        if process.returncode:
            self._report_once(f"--on-change: {name} {_failed(process.returncode)}.")

    def _report_once(self, line: str) -> None:
        if line not in self._reported:
            self._reported.add(line)
            self._tell(line)


def _failed(code: int) -> str:
    """Return how a command failed, from asyncio's exit code, which is negative for a signal."""
    if code > 0:
        return f"failed with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal, which has no name
        return f"was ended by signal {-code}"


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop a command that still runs, with its children: SIGTERM first, then SIGKILL."""
    if process.returncode is not None:
        return  # it ended by itself; what it left in the background is meant to stay
    ended = asyncio.create_task(process.wait())
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        # Not `asyncio.timeout`: before Python 3.11.3 (Debian 12 has 3.11.2) it ends a task that was cancelled, as
        # `close` cancels this one, and the command would outlive the program.
        await asyncio.wait([ended], timeout=_GRACE)
    ended.cancel()


def document(notice: Notice) -> Json:
    """Return a change as JSON for the command's stdin. Unknown values are null."""
    change, cause = notice.change, notice.cause
    before = dict(change.before.carries)
    return {
        "type": "change",
        "at": iso(notice.at),
        "connection": change.connection or None,
        "name": notice.name or None,
        "verdict": change.after.verdict.value,
        "verdict_before": change.before.verdict.value,
        "carrying": change.after.carrying,
        "total": len(change.after.carries),
        "tunnels": [
            {"outside_ip": ip, "carries": carries, "carries_before": before.get(ip)}
            for ip, carries in change.after.carries
        ],
        "diagnosis": None
        if cause is None
        else {
            "outside_ip": notice.cause_of or None,
            "code": cause.code,
            "title": cause.cause.title,
            "confidence": "certain" if cause.certain else "likely",
            "say": cause.cause.say,
        },
        "summary": notice.text,
        **({"site": notice.site} if notice.site else {}),
    }


def environment(notice: Notice) -> Mapping[str, str]:
    """Return the variables for the command. Their texts contain no control characters."""
    change, cause = notice.change, notice.cause
    values = {
        "CONNECTION": change.connection,
        "NAME": notice.name,
        "SITE": notice.site,
        "VERDICT": change.after.verdict.value,
        "VERDICT_BEFORE": change.before.verdict.value,
        "CARRYING": str(change.after.carrying),
        "TOTAL": str(len(change.after.carries)),
        "CODE": cause.code if cause is not None else "",
        "CAUSE": cause.cause.title if cause is not None else "",
        "AT": iso(notice.at),
        "SUMMARY": notice.text,
    }
    return {f"TUNNELWATCH_{name}": clean(value) for name, value in values.items()}
