"""Saving what was seen so far into a new file that only its owner can read."""

import os
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from tui.app.copy_file import state_folder
from tui.feed.recording.journal import Journal


def save_recording(journal: Journal) -> Path:
    """Write the journal as a recording into the working directory, or where that cannot be into the folder of state.

    Return the file, which is always a new one. Raises OSError if neither is possible.
    """
    name = f"tunnelwatch-{datetime.fromtimestamp(journal.end / 1000, UTC):%Y-%m-%d-%H%M%S}Z"
    try:
        return _written(journal, Path.cwd(), name)
    except OSError:
        folder = state_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _written(journal, folder, name)


def _written(journal: Journal, folder: Path, name: str) -> Path:
    file, descriptor = _new_file(folder, name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.writelines(journal.recording())
    except OSError:
        file.unlink(missing_ok=True)
        raise
    return file


def _new_file(folder: Path, name: str) -> tuple[Path, int]:
    """Return a file that was not there before, with a number in its name where one was, and open for writing."""
    file, numbers = folder / f"{name}.jsonl.gz", count(2)
    while True:
        try:
            return file, os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            file = folder / f"{name}-{next(numbers)}.jsonl.gz"
