"""A watch once more behind a mask: what it has seen so far and what comes, with aliases for what identifies somebody.

It is read from the journal batch by batch, as a run that is masked from its beginning is read from AWS, so that nothing
of its fleet ever held an identifier. It costs the memory of a second fleet and journal, for as long as it is there.
"""

from dataclasses import replace

from tui.domain.clock import Clock
from tui.domain.masking.mask import Mask
from tui.domain.state.fleet import Fleet
from tui.domain.state.marks import Mark
from tui.domain.usage import Usage
from tui.feed.masked import Masked
from tui.feed.pump import Pump
from tui.feed.recording.journal import Journal
from tui.feed.recording.journal_source import JournalSource


class MaskedWatch(Pump):
    """A pump that knows what `original` knows, masked; `journal` is its own, for going back and for saving.

    Notes, and the wish to try again, go to the original.
    """

    def __init__(self, original: Pump, journal: Journal, mask: Mask, clock: Clock, *, scope: str) -> None:
        """`journal` is the original's; `scope` is what the header of a recording says of this one."""
        self._original = original
        self._mask = mask
        self._again = JournalSource(original, journal, clock)
        super().__init__(Masked(self._again, mask), Fleet(journal.catalogue))
        self.journal = Journal(self, self._again, replace(journal.header, scope=scope))
        self.add_sink(self.journal)

    def __repr__(self) -> str:
        return f"MaskedWatch({self._original!r})"

    @property
    def usage(self) -> Usage | None:
        """What the original's sources have used of AWS so far."""
        return self._original.usage

    def mark(self, mark: Mark) -> None:
        """Have the original note something, which brings it here."""
        self._original.mark(mark)

    async def be_level(self) -> None:
        """Wait until everything has been taken in that the original knew."""
        await self._again.is_level.wait()

    def alias_of(self, connection: str, outside_ip: str) -> tuple[str, str]:
        """Return what a tunnel of the original is called here: its connection and its outside address."""
        return self._mask.text(connection), self._mask.aliases.outside(connection, outside_ip)
