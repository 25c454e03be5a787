"""What the garbage collector need not go through again: what a look-back has left behind."""

import gc

from tui.domain.state.fleet import Applied
from tui.feed.pump import Pump
from tui.feed.source import Batch


class SparedLookBack:
    """A sink that takes what lives out of the collector's sight once the look-back is read.

    Of 2,000 tunnels these are 300,000 objects: a full collection took 0.2 s, in which no key was answered. They still
    go when nothing refers to them; only what refers to itself would stay, which at that moment is little.
    """

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._is_spared = False

    def __call__(self, batch: Batch, applied: Applied) -> None:
        if not self._is_spared and self._pump.caught_up:
            self._is_spared = True
            gc.freeze()
