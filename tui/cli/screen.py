"""Opens the screen with what the options ask for."""

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from tui.app.terminal.display import Display
from tui.cli.config_file import fault
from tui.cli.notifying import NoticeOptions, Notifying
from tui.cli.process import garbage_kept
from tui.cli.settings import config_in_force
from tui.cli.signals import on_ending_signal
from tui.cli.watching import Watching
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tui.app.examinations import Examine
    from tui.app.terminal.background_query import BackgroundQuery
    from tui.domain.masking.mask import Mask
    from tui.feed.pump import Sink
    from tui.feed.recording.writer import Recording
    from tui.feed.source import Source

_MOST_NAMED: Final = 3
"""Maximum number of sites named in the header."""
MASKED: Final = "▣ masked"


def scope(watching: Watching) -> str:
    """Return the header's text beside the region: the profile or the sites, and the selectors."""
    if watching.mask:
        return MASKED
    only = f"only: {', '.join(watching.selectors)}" if watching.selectors else ""
    names = [*watching.sites] if len(watching.sites) <= _MOST_NAMED else [f"{len(watching.sites)} sites"]
    sites = ", ".join((*names, *_found(watching)))
    return " · ".join(filter(None, (only, sites or watching.profile)))


def _found(watching: Watching) -> tuple[str, ...]:
    """Return the header's text for sites that are found by search."""
    searched = {"all regions": watching.all_regions, "linked accounts": watching.linked_accounts}
    return tuple(text for text, is_wanted in searched.items() if is_wanted)


def open_screen(
    source: "Source",
    display: Display,
    *,
    region: str = "",
    scope: str = "",
    sinks: "Sequence[Sink]" = (),
    recording: "Recording | None" = None,
    notices: NoticeOptions = NoticeOptions(),  # noqa: B008 - an immutable value
    examine: "Examine | None" = None,
    mask: "Callable[[], Mask] | None" = None,
    masked_scope: str = MASKED,
    has_links: bool = True,
) -> int:
    """Show what a source brings until the user quits, and return the exit code.

    `sinks` receive every batch, too, and a `recording` the user's notes. `examine` runs the checkup of the account, if
    there is one. `mask` makes the mask for the masking key, unless the source is masked already; the header then shows
    `masked_scope`. `has_links` says whether the connections exist in AWS, and so have a page in its console.

    Raises click.ClickException if no screen can be drawn, or if the source cannot start.
    """
    with screen_refusals(), background_asked(display) as query:
        with garbage_kept():
            from tui.app.mask_key import MaskKey
            from tui.app.run import Setting
            from tui.app.watch import Watch
            from tui.feed.aws.errors import FeedError

        try:
            return Watch(
                source=source,
                setting=Setting(display, SystemClock(), on_ending_signal, region, scope, query),
                sinks=sinks,
                recording=recording,
                companion=Notifying(notices, SystemClock(), titles=True),
                examine=examine,
                mask=MaskKey(mask, masked_scope) if mask else None,
                has_links=has_links,
            ).show()
        except FeedError as error:
            raise click.ClickException(error.message) from None


@contextmanager
def screen_refusals() -> "Iterator[None]":
    """Raise click.ClickException if no screen can be drawn, or if a chosen key is invalid."""
    try:
        yield
    except Exception as error:
        from tui.app.keys import KeyChoiceError
        from tui.app.run import NoScreenError

        if isinstance(error, KeyChoiceError):
            raise fault(config_in_force(), "keys", error.name, str(error)) from None
        if isinstance(error, NoScreenError):
            raise click.ClickException(str(error)) from None
        raise


@contextmanager
def background_asked(display: Display) -> "Iterator[BackgroundQuery | None]":
    """Ask the terminal for its background if the theme depends on it, before the screen's modules are imported.

    A signal that would kill the program ends it as ctrl+c does, so that the terminal is restored.
    """
    if display.theme or display.for_viewer:
        yield None
        return
    from tui.app.terminal.background_query import background_query

    def end() -> None:
        raise KeyboardInterrupt

    with on_ending_signal(end), background_query(os.environ) as query:
        yield query
