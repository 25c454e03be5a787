"""Saves what was seen so far as a recording."""

from datetime import UTC, datetime
from pathlib import Path

from tui.app.files.new_file import write_new
from tui.feed.recording.journal import Journal


def save_recording(journal: Journal) -> Path:
    """Write the journal as a recording into a new file, with `write_new`; return the file."""
    stem = f"tunnelwatch-{datetime.fromtimestamp(journal.end / 1000, UTC):%Y-%m-%d-%H%M%S}Z"
    return write_new(stem, ".jsonl.gz", journal.recording)
