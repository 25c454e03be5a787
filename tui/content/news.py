"""What happened lately on all tunnels: what changed, and what went wrong, in order of time."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from tui.content.assessment import Diagnose
from tui.content.messages import Kind, Message, told_of
from tui.domain.catalogue import Severity
from tui.domain.fleet import Fleet, Tunnel
from tui.domain.history import Entry
from tui.domain.tunnel import BURST, State

MOST: Final = 500


class News:
    """The news of a fleet; a tunnel's part is kept until it logs again."""

    def __init__(self) -> None:
        self._known: dict[Tunnel, _Known] = {}

    def of(
        self, fleet: Fleet, *, diagnose: Diagnose = lambda tunnel: (), upto: int | None = None
    ) -> tuple[Message, ...]:
        """Return the newest messages that are news, oldest first, each with its place; with `upto`, ms, until then.

        A cause that `diagnose` infers from lines of which none is news by itself has one of its own.
        """
        # Made anew each time: messages hold their tunnel, so that no weak dictionary would ever let one go.
        self._known = {
            tunnel: self._of(tunnel, connection.name or connection.id, upto)
            for connection in fleet.connections
            for tunnel in connection.tunnels
        }
        found = [each for known in self._known.values() for each in known.told]
        if upto is None:
            found += [each for tunnel, known in self._known.items() for each in _inferred(tunnel, known, diagnose)]
        return tuple(sorted(found, key=lambda each: each.at)[-MOST:])

    def _of(self, tunnel: Tunnel, name: str, upto: int | None) -> "_Known":
        mark = (tunnel.revision, upto)
        known = self._known.get(tunnel)
        if known is not None and known.mark == mark:
            return known
        place = f"{name} {tunnel.outside_ip}"
        told = _news(told_of(_without_chatter(tunnel, upto)))
        return _Known(mark, place, tuple(replace(each, tunnel=tunnel, place=place) for each in told))


def _without_chatter(tunnel: Tunnel, upto: int | None) -> list[Entry]:
    """Return what is kept of a tunnel, less the thousand lines an hour that say and change nothing."""
    kept: list[Entry] = []
    before: State | None = None
    for entry in tunnel.history:
        if upto is not None and entry.at > upto:
            break
        if entry.state is not before or not entry.is_chatter:
            kept.append(entry)
        before = entry.state
    return kept


class _Known(NamedTuple):
    mark: tuple[int, int | None]
    place: str
    told: tuple[Message, ...]


def _inferred(tunnel: Tunnel, known: _Known, diagnose: Diagnose) -> Iterable[Message]:
    """Yield the leading cause as a message, at the first of its lines, where no message says as much."""
    for cause in diagnose(tunnel)[:1]:
        is_told = any(_is_trouble(each) and (each.last_at or each.at) >= cause.since - BURST for each in known.told)
        if is_told or cause.severity.rank < Severity.WARNING.rank:
            continue
        entry = next((each for each in tunnel.history if each.at >= cause.since), tunnel.history.last)
        if entry is not None:
            brief = cause.cause.brief
            yield Message(Kind.EVENT, entry, entry.at, brief, brief, cause.severity, tunnel=tunnel, place=known.place)


def _news(shown: Iterable[Message]) -> Iterable[Message]:
    """Return what is news, a repetition as a count on the first: a peer that tries again each few seconds says it all
    over, until it comes up."""
    told: dict[str, Message] = {}
    found: list[Message] = []
    for message in shown:
        if not _is_news(message):
            continue
        if message.kind is Kind.CHANGE and message.is_better:
            found += told.values()
            told = {}
        what = message.brief or message.text
        first = told.get(what)
        if first is None:
            told[what] = message
        elif first.text == message.text:  # several lines can say the same of one attempt
            told[what] = replace(first, times=first.times + 1, last_at=message.at)
    return [*found, *told.values()]


def _is_news(message: Message) -> bool:
    if message.kind is Kind.CHANGE:
        return message.is_better is not None
    return _is_trouble(message)


def _is_trouble(message: Message) -> bool:
    return message.severity is not None and message.severity.rank >= Severity.WARNING.rank
