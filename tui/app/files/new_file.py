"""Writes files that the user asks for: always new ones, readable only by their owner."""

import os
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path

from tui.app.files.copy_file import state_folder

Content = Callable[[], Iterable[bytes]]


def write_new(stem: str, suffix: str, content: Content) -> Path:
    """Write a file of that name into the working directory or, failing that, into the state folder.

    Return the file; its name has a number if the name was taken. A partly written file is removed. Raises OSError if
    neither folder can be written to.
    """
    try:
        return _write(Path.cwd(), stem, suffix, content)
    except OSError:
        folder = state_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _write(folder, stem, suffix, content)


def short_path(file: Path) -> str:
    """Return a new file's name for a notice, without the folder if that is the working directory."""
    try:
        return f"./{file.name}" if file.parent == Path.cwd() else str(file)
    except OSError:  # the directory has been deleted
        return str(file)


def _write(folder: Path, stem: str, suffix: str, content: Content) -> Path:
    file, descriptor = _open_new(folder, stem, suffix)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.writelines(content())
    except OSError:
        file.unlink(missing_ok=True)
        raise
    return file


def _open_new(folder: Path, stem: str, suffix: str) -> tuple[Path, int]:
    file, numbers = folder / f"{stem}{suffix}", count(2)
    while True:
        try:
            # O_EXCL neither follows links nor overwrites.
            return file, os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            file = folder / f"{stem}-{next(numbers)}{suffix}"
