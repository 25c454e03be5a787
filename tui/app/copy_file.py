"""The other way to copy: a file that only its owner can read, for terminals without OSC 52."""

import os
from pathlib import Path


def copy_to_file(text: str) -> Path:
    """Write `text` where the next copy overwrites it; return the file. Raises OSError where that cannot be done."""
    try:
        folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "tunnelwatch"
    except RuntimeError as homeless:  # a container whose user has no home
        raise OSError(str(homeless)) from None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "copied.txt"
    # Made anew rather than overwritten: an existing file keeps its mode, and a link would lead the text elsewhere.
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as written:
        written.write(text)
    return file
