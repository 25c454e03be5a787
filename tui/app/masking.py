"""The masking key: everything is shown with aliases until it is pressed again."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from functools import partial
from typing import Any, Protocol

from tui.app.app import TunnelwatchApp
from tui.app.mask_key import MaskKey
from tui.domain.clock import Clock
from tui.domain.masking.mask import Mask
from tui.feed.masked import masked_batch
from tui.feed.pump import Pump
from tui.feed.recording.archive import Archive
from tui.feed.recording.journal import Journal
from tui.feed.recording.masked_watch import MaskedWatch
from tui.feed.recording.playback import Playback


class SwitchesPump(Protocol):
    """Reports changes outside the screen."""

    def switch_to(self, pump: Pump | None) -> None:
        """Report the changes of this pump instead of the previous one; of none if None is given."""


class Masking(ABC):
    """Masks and unmasks what `app` shows. The mask is kept, so a name has the same alias each time."""

    def __init__(self, app: TunnelwatchApp, key: MaskKey) -> None:
        view = app.main.view_state
        self._app, self._key, self._view = app, key, view
        self._mask: Mask | None = None
        self._truth = view.scope, view.examinations
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_on = False

    def text(self, text: str) -> str:
        """Return a text with aliases if masking is on."""
        return self._mask.text(text) if self.is_on and self._mask else text

    def toggle(self) -> None:
        """Mask what is shown, or unmask it.

        Filters, searches and selections are dropped, because they refer to the names shown before. The checkup is
        disabled, because its findings hold commands for real resources.
        """
        self._mask = self._mask or self._key.make()
        self.is_on = not self.is_on
        for task in self._tasks:
            task.cancel()
        self._view.scope, self._view.examinations = (self._key.scope, None) if self.is_on else self._truth
        self._view.clear_filters()
        if self.is_on:
            self._show_masked(self._mask)
        else:
            self._show_truth()

    @abstractmethod
    def _show_masked(self, mask: Mask) -> None: ...

    @abstractmethod
    def _show_truth(self) -> None: ...

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a task beside the screen until the key is pressed again; an error in it ends the program."""

        async def guarded() -> None:
            try:
                await work
            except Exception as error:
                self._app.fail(error)

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cancel the task beside the screen."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class WatchMasking(Masking):
    """Masks a watch by showing a second one, read from its journal through the mask."""

    def __init__(
        self,
        app: TunnelwatchApp,
        key: MaskKey,
        *,
        pump: Pump,
        journal: Journal,
        clock: Clock,
        notices: SwitchesPump | None,
    ) -> None:
        super().__init__(app, key)
        self._pump, self._journal, self._clock, self._notices = pump, journal, clock, notices
        self._shown: MaskedWatch | None = None

    def _show_masked(self, mask: Mask) -> None:
        chosen, moment = self._view.board.chosen, self._moment
        masked = self._shown = MaskedWatch(self._pump, self._journal, mask, self._clock, scope=self._key.scope)
        self._turn(masked, masked.journal, moment)
        if self._notices is not None:
            self._notices.switch_to(None)
        self._begin(self._follow(masked, masked.alias_of(*chosen) if chosen else None))

    async def _follow(self, masked: MaskedWatch, chosen: tuple[str, str] | None) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(masked.run())
            await masked.wait_until_level()
            if self._view.board.chosen is None:
                self._view.board.choose(chosen)
            if self._notices is not None:
                self._notices.switch_to(masked)

    def _show_truth(self) -> None:
        chosen, moment, masked = self._view.board.chosen, self._moment, self._shown
        self._turn(self._pump, self._journal, moment)
        tunnels = ((tunnel.connection, tunnel.outside_ip) for tunnel in self._pump.fleet.tunnels)
        self._view.board.choose(next((key for key in tunnels if masked and masked.alias_of(*key) == chosen), None))
        self._shown = None
        if self._notices is not None:
            self._notices.switch_to(self._pump)

    @property
    def _moment(self) -> int | None:
        """The earlier moment that is shown, in ms."""
        return self._view.playback.now() if self._view.playback else None

    def _turn(self, pump: Pump, journal: Journal, moment: int | None) -> None:
        self._view.attach(pump, track=journal)
        self._view.board.choose(None)
        if moment is not None and (playback := self._view.walk_back()):
            playback.go(moment)


class ReplayMasking(Masking):
    """Masks a recording by reading its file again through the mask."""

    def __init__(
        self, app: TunnelwatchApp, key: MaskKey, *, playback: Playback, archive: Archive, clock: Clock
    ) -> None:
        super().__init__(app, key)
        self._playback, self._archive, self._clock = playback, archive, clock

    def _show_masked(self, mask: Mask) -> None:
        archive = Archive(self._archive.path, self._archive.catalogue, rewrite=partial(masked_batch, mask))
        self._play(Playback(archive, self._clock, speed=self._playback.speed))
        self._begin(archive.index())

    def _show_truth(self) -> None:
        self._play(self._playback)

    def _play(self, playback: Playback) -> None:
        """Show a playback once it has reached the moment that is shown."""
        before = self._view.playback
        if before is not None:
            playback.is_playing, playback.speed = before.is_playing, before.speed
            playback.go(before.now())
        self._view.play(playback)
        self._view.board.choose(None)
