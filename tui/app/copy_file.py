"""Copying to a file that only its owner can read, for terminals without OSC 52."""

import os
from pathlib import Path


def copy_to_file(text: str) -> Path:
    """Write `text` to a file that the next copy replaces; return the file. Raises OSError if that is not possible."""
    try:
        folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "tunnelwatch"
    except RuntimeError as error:  # a container whose user has no home
        raise OSError(str(error)) from None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "copied.txt"
    # Created anew rather than overwritten: an existing file would keep its mode, and a link would lead elsewhere.
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    return file
