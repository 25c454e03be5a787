"""`--record FILE`: writes what is read into a file as it arrives."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from tui import __version__
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.cli.watching import Watching
    from tui.feed.pump import Sink
    from tui.feed.recording.reader import Reader, Rewrite
    from tui.feed.recording.writer import Recording

RECORD: Final = click.option(
    "--record",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Record what is read, for `replay`; .gz compresses. An existing recording is continued.",
)


def recording_of(watching: "Watching", file: str | None) -> "Recording | None":
    """Return the recorder of what is watched into the file; see `recording_into`."""
    from tui.cli.screen import scope

    # The recording is not masked, so its scope need not be hidden either.
    true_scope = scope(replace(watching, mask=False))
    since = watching.since_ms(SystemClock())
    return recording_into(file, region=watching.region or "", scope=true_scope, since=since)


def recording_into(file: str | None, *, region: str = "", scope: str = "", since: int = 0) -> "Recording | None":
    """Return the recorder into the file, or None if no file is asked for; an early end is reported on stderr.

    Pass it to `reader`; a screen reports an early end itself. `since` is the start of the look-back in ms. Raises
    click.ClickException if the file cannot be written or is no recording.
    """
    if file is None:
        return None
    from tui.feed.recording.format import Header, RecordingError
    from tui.feed.recording.writer import Recording, Writer

    clock = SystemClock()
    header = Header(program=__version__, region=region, scope=scope, since=since, started=clock.now())
    try:
        return Recording(Writer(file, header), clock, lambda trouble: click.echo(f"tunnelwatch: {trouble}", err=True))
    except RecordingError as refusal:
        raise click.ClickException(str(refusal)) from None


def open_recording(file: str, rewrite: "Rewrite | None") -> "Reader":
    """Return the reader of a recording's file; `rewrite` changes each batch as it is read.

    Raises click.ClickException if the file cannot be read or is no recording.
    """
    from tui.feed.recording.format import RecordingError
    from tui.feed.recording.reader import Reader

    try:
        return Reader.open(file, rewrite=rewrite)
    except RecordingError as refusal:
        raise click.ClickException(str(refusal)) from None


def masking(*, mask: bool) -> "Rewrite | None":
    """Return the function that masks the batches of a recording, or None if no mask is wanted."""
    if not mask:
        return None
    from functools import partial

    from tui.cli.reading import new_mask
    from tui.cli.watching import Watching
    from tui.feed.masked import masked_batch

    return partial(masked_batch, new_mask(Watching(mask=True)))


def sinks_of(recording: "Recording | None") -> "Sequence[Sink]":
    """Return the recording as the sinks of a pump: empty if nothing is recorded."""
    return () if recording is None else (recording,)
