"""`tunnelwatch watch`: the live screen."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from tui.app.terminal.display import Display
from tui.cli.completion import remember_selectors
from tui.cli.displaying import VIEWER, displaying
from tui.cli.examining import examiner
from tui.cli.notifying import NoticeOptions, noticing
from tui.cli.reading import mask_for_a_key, must_start, reader
from tui.cli.recording import RECORD, recording_of
from tui.cli.screen import open_screen, scope
from tui.cli.watching import Watching, watching
from tui.domain.clock import SystemClock
from tui.domain.feed_state import ErrorKind

if TYPE_CHECKING:
    from tui.domain.masking.mask import Mask
    from tui.feed.recording.writer import Recording
    from tui.feed.source import Source


_READERS: Final = ("tui.feed.tail.tailer", "tui.feed.sites", "tui.headless.must_start")
"""The modules of the reader, which take 50 ms to import."""


@click.command()
@RECORD
@VIEWER
@displaying
@noticing
@watching
def watch(watching: Watching, display: Display, notices: NoticeOptions, record: str | None, is_viewer: bool) -> int:
    """Show the tunnels live on the screen (the default command)."""
    from tui.feed.deferred import Deferred

    if is_viewer:
        display, notices, record = replace(display, for_viewer=True), NoticeOptions(), None

    watching.since_ms(SystemClock())  # a look-back that cannot be read is reported before the screen is drawn
    recording = recording_of(watching, record)
    mask = None if watching.mask else mask_for_a_key(watching)
    source = Deferred(lambda: _reader(watching, recording, mask() if mask else None), modules=_READERS)
    return open_screen(
        source,
        display,
        region=watching.region or "",
        scope=scope(watching),
        sinks=[remember_selectors],
        recording=recording,
        notices=notices,
        examine=None if is_viewer else examiner(watching),
        mask=mask,
        has_links=not watching.endpoint_url,
    )


def _reader(watching: Watching, recording: "Recording | None", mask: "Mask | None") -> "Source":
    """Return the source of events. It fails if a name matches nothing, because such a name is usually mistyped."""
    source = reader(watching, trail=True, recording=recording, mask=mask)
    return must_start(source, only=ErrorKind.SELECTOR)
