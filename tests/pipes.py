"""A program whose standard streams are pipes, for tests that read, write or hang up while it runs."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from tests.processes.process import Process, start

PATIENCE = 50
"""Seconds that a run may take."""


@dataclass(frozen=True, slots=True)
class Piped:
    """A running process and the other ends of its three pipes."""

    process: Process
    stdin: IO[str]
    stdout: IO[str]
    stderr: IO[str]


@contextmanager
def run_piped(*arguments: str, errors: str | None = None) -> Iterator[Piped]:
    """Run Python with `arguments`; kill the process if it is still running at the end."""
    (its_stdin, stdin), (stdout, its_stdout), (stderr, its_stderr) = os.pipe(), os.pipe(), os.pipe()
    process = start(*arguments, stdin=its_stdin, stdout=its_stdout, stderr=its_stderr)
    for descriptor in (its_stdin, its_stdout, its_stderr):
        os.close(descriptor)
    with (
        open(stdin, "w", encoding="utf-8", errors=errors) as to_stdin,
        open(stdout, encoding="utf-8", errors=errors) as from_stdout,
        open(stderr, encoding="utf-8", errors=errors) as from_stderr,
    ):
        try:
            yield Piped(process, to_stdin, from_stdout, from_stderr)
        finally:
            process.kill()
            process.wait()


def run_to_its_end(
    *arguments: str,
    input: str | None = None,  # noqa: A002 - the name in `subprocess.run`
    errors: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run Python with `arguments` and `input`; return its exit code and what it printed."""
    with ThreadPoolExecutor() as pool, run_piped(*arguments, errors=errors) as run:
        out, err = pool.submit(run.stdout.read), pool.submit(run.stderr.read)
        with contextlib.suppress(BrokenPipeError):  # not all input needs to be read
            run.stdin.write(input or "")
            run.stdin.close()
        code = run.process.wait(PATIENCE)
        return subprocess.CompletedProcess(arguments, code, out.result(), err.result())
