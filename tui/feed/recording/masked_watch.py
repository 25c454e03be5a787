"""A masked copy of a watch: what it has seen and what it will see, with aliases in place of identifiers.

It is read from the journal batch by batch, just as a run masked from the start is read from AWS, so that its fleet
never held an identifier. It needs the memory of a second fleet and journal while it exists.
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
    """A pump with the masked knowledge of `original`; `journal` is its own, for going back and for saving.

    Marks and retries are passed to the original.
    """

    def __init__(self, original: Pump, journal: Journal, mask: Mask, clock: Clock, *, scope: str) -> None:
        """`journal` is the original's; `scope` is for the header of this one's recordings."""
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
        """The usage of AWS by the original's sources."""
        return self._original.usage

    def mark(self, mark: Mark) -> None:
        """Add a mark to the original, from which it arrives here."""
        self._original.mark(mark)

    async def wait_until_level(self) -> None:
        """Wait until everything known to the original has been applied."""
        await self._again.is_level.wait()

    def alias_of(self, connection: str, outside_ip: str) -> tuple[str, str]:
        """Return the masked connection and outside address of one of the original's tunnels."""
        return self._mask.text(connection), self._mask.aliases.outside(connection, outside_ip)
