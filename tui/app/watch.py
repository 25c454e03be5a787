"""The live screen: shows what a source brings, and keeps its past for the keys that go back, mask or save."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol

from tui.app.app import TunnelwatchApp
from tui.app.examinations import Examine
from tui.app.run import Setting, on_terminal

if TYPE_CHECKING:
    from tui.app.mask_key import MaskKey
    from tui.app.masking import WatchMasking
    from tui.domain.knowledge.catalogue import Catalogue
    from tui.feed.pump import Pump, Sink
    from tui.feed.recording.journal import Journal
    from tui.feed.recording.writer import Recording
    from tui.feed.source import Source

_PAUSE: Final = 0.002
"""Seconds between two parts of a batch, 500 events each, in which keys are answered."""


class Companion(Protocol):
    """Something that accompanies the feed of a screen, such as notices of changes."""

    def begin(self, pump: "Pump", screen: TunnelwatchApp) -> None:
        """Start, just before the pump reads."""

    def switch_to(self, pump: "Pump | None") -> None:
        """Accompany this pump instead of the previous one; none if None is given."""

    async def end(self) -> None:
        """Release everything, after the feed or the screen has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a live screen shows.

    `sinks` receive every batch, too, and a `recording` the user's notes; if it ends early, that is shown. `mask` serves
    the masking key, None if the source is masked already. `examine` runs the checkup of the account, if there is one.
    `has_links` says whether ids may link to AWS's console, if the terminal can show links.
    """

    source: "Source"
    setting: Setting
    sinks: "Sequence[Sink]" = ()
    recording: "Recording | None" = None
    companion: Companion | None = None
    examine: Examine | None = None
    mask: "MaskKey | None" = None
    has_links: bool = True
    _head_start: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def show(self) -> int:
        """Show the watch until the user quits; return the exit code.

        Raises NoScreenError if no screen can be drawn, and KeyChoiceError for keys that cannot be chosen. An error that
        ended the screen or the feed is raised once the terminal is restored.
        """
        return on_terminal(
            self._feed, self.setting, examine=self.examine, head_start=self._head_start, has_links=self.has_links
        )

    async def _feed(self, app: TunnelwatchApp) -> None:
        from tui.feed.source import begun

        async with begun(self.source) as reading:
            reading.first.add_done_callback(lambda _: self._head_start.set())
            await app.painted.wait()
            await self._read(app, reading)

    async def _read(self, app: TunnelwatchApp, source: "Source") -> None:
        catalogue = await asyncio.to_thread(_catalogue)
        from tui.app.first_states import FirstStates
        from tui.domain.state.fleet import Fleet
        from tui.feed.aws.errors import FeedError
        from tui.feed.pump import Pump

        pump = Pump(FirstStates(source, app.tick), Fleet(catalogue), sinks=self.sinks, pause=_PAUSE)
        journal = self._attach_sinks(app, pump)
        app.attach(pump, track=journal)
        if self.companion is not None:
            self.companion.begin(pump, app)
        masking = self._masking(app, pump, journal)
        try:
            await pump.run()
        except FeedError as error:
            raise FeedError(masking.text(error.message), error.kind, error.detail) if masking else error from None
        finally:
            if masking is not None:
                await masking.close()
            if self.companion is not None:
                await self.companion.end()

    def _attach_sinks(self, app: TunnelwatchApp, pump: "Pump") -> "Journal":
        """Add the screen's own sinks to the pump, and return the journal among them."""
        from tui import __version__
        from tui.app.garbage import SparedLookBack
        from tui.feed.recording.format import Header
        from tui.feed.recording.journal import Journal

        setting = self.setting
        header = Header(program=__version__, region=setting.region, scope=setting.scope, started=setting.clock.now())
        journal = Journal(pump, setting.clock, header)
        pump.add_sink(journal)
        pump.add_sink(SparedLookBack(pump))
        if self.recording is not None:
            pump.add_sink(self.recording)
            app.main.view_state.is_recorded = True

            def end_recording(trouble: str) -> None:
                app.main.view_state.is_recorded = False
                app.remark(trouble)

            self.recording.on_trouble = end_recording  # not on stderr, where the screen is drawn
        return journal

    def _masking(self, app: TunnelwatchApp, pump: "Pump", journal: "Journal") -> "WatchMasking | None":
        if self.mask is None:
            return None
        from tui.app.masking import WatchMasking

        clock, companion = self.setting.clock, self.companion
        masking = WatchMasking(app, self.mask, pump=pump, journal=journal, clock=clock, notices=companion)
        app.main.view_state.masking = masking
        return masking


def _catalogue() -> "Catalogue":
    """Return the catalogue, and load the other modules of a watch with it, before AWS's answers need them."""
    for name in ("tui.app.masking", "tui.feed.pump", "tui.feed.recording.journal"):
        import_module(name)
    from tui.domain.knowledge.catalogue_file import load

    return load()
