"""A program whose standard streams are pipes, for tests that read, write or hang up while it runs."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True, slots=True)
class Piped:
    """A running process and its three pipes, which `Popen` types as perhaps absent."""

    process: subprocess.Popen[str]
    stdin: IO[str]
    stdout: IO[str]
    stderr: IO[str]


@contextmanager
def run_piped(*arguments: str) -> Iterator[Piped]:
    """Run Python with `arguments`; kill the process if it is still running at the end."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield Piped(process, process.stdin, process.stdout, process.stderr)
        finally:
            process.kill()
