"""Copies into a file that only its owner can read, for terminals without OSC 52."""

import os
from pathlib import Path
from typing import Final

_MOST: Final = 1_000_000


def state_folder() -> Path:
    """Return the folder for files kept between runs. Raises OSError for a user without a home."""
    try:
        return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "tunnelwatch"
    except RuntimeError as error:  # such as in a container
        raise OSError(str(error)) from None


def copy_to_file(text: str) -> Path:
    """Append `text` to the file of copies; return the file. Raises OSError if that is not possible.

    A file larger than a megabyte is started anew.
    """
    folder = state_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "copied.txt"
    if file.is_symlink() or (file.exists() and file.stat().st_size > _MOST):
        file.unlink()  # a symbolic link would lead elsewhere
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
        os.fchmod(descriptor, 0o600)  # an existing file keeps its mode
        stream.write(f"\n{text}" if stream.tell() else text)
    return file
