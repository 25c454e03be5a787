"""The news of all tunnels: recent changes and trouble, in order of time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Final, NamedTuple

from tui.content.assessment import Diagnose
from tui.content.board.common_falls import common_fall_brief
from tui.content.board.fleet_board import FEW, PATIENCE
from tui.content.messages.messages import Kind, Message, mark_messages, messages_of, option_messages
from tui.content.past.outages import outage_text, return_text
from tui.domain.events import Log
from tui.domain.knowledge.line_kinds import TELLS_OF_AN_END
from tui.domain.knowledge.rule import Severity
from tui.domain.past.common_falls import CommonFall, past_falls
from tui.domain.past.outages import Outage, OutageKind
from tui.domain.state.connection import Connection
from tui.domain.state.fleet import Fleet
from tui.domain.state.history import Entry
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import BURST, State
from tui.domain.times import HOUR, MINUTE

MOST: Final = 500
_STEP: Final = 97
"""Milliseconds between the turns of consecutive connections."""
_LONG: Final = 5 * MINUTE
"""An outage of this length, ms, has a line for its end, which is news when its beginning no longer is."""
_NOTE: Final = "your note"
"""Shown instead of a tunnel's name; a note concerns all tunnels."""
_COMMON: Final = "one cause?"
"""The same for a common fall."""
OutagesOf = Callable[[Tunnel], Sequence[Outage]]


class _TunnelNews(NamedTuple):
    """The news of one tunnel, and the revision and the end up to which they were computed."""

    worked_out_for: tuple[int, int | None]
    name: str
    messages: tuple[Message, ...]


class _Shown(NamedTuple):
    """The news shown of a tunnel, and what they were computed for; None if they are computed each time."""

    worked_out_for: object | None
    messages: Sequence[Message]


class News:
    """The news of a fleet; a tunnel's part is cached until it logs again."""

    def __init__(self) -> None:
        self._known: dict[Tunnel, _TunnelNews] = {}
        self._shown: dict[Tunnel, _Shown] = {}
        self._common = _CommonNews()

    def of(
        self,
        fleet: Fleet,
        *,
        diagnose: Diagnose = lambda tunnel: (),
        outages: OutagesOf = lambda tunnel: (),
        since: int | None = None,
        upto: int | None = None,
        now: int | None = None,
    ) -> tuple[Message, ...]:
        """Return the newest messages that are news, oldest first, each with its tunnel; with `upto`, ms, until then.

        With `now`, ms, and many connections, only those are looked at that have logged, or whose turn it is, as on the
        board.

        With `since`, ms, what ended before the look-back began is no news: the last lines of quiet tunnels are known,
        too.

        An outage is one message, in place of all the changes that it consists of; a long one has a second message for
        its end. A cause that `diagnose` infers from lines of which none is news by itself gets a message of its own. A
        common fall of several connections is one message, too. The user's notes are among them.
        """
        connections = fleet.connections
        is_patient = now is not None and len(connections) > FEW
        # Made again each time: messages hold their tunnel, so a weak dictionary would never release one.
        known, shown = self._known, self._shown
        self._known, self._shown = {}, {}
        for index, connection in enumerate(connections):
            tunnels = connection.tunnels
            # Turns are staggered so that they do not all fall on one look.
            turn = ((now or 0) + index * _STEP) // PATIENCE
            wanted = (turn, upto, since, *(tunnel.revision for tunnel in tunnels)) if is_patient else None
            for tunnel in tunnels:
                kept = shown.get(tunnel)
                news = known.get(tunnel)
                if kept is None or wanted is None or kept.worked_out_for != wanted:
                    news = self._of(tunnel, connection, upto, news)
                    kept = _Shown(wanted, self._told(tunnel, news, fleet, diagnose, outages, since, upto))
                if news is not None:
                    self._known[tunnel] = news
                self._shown[tunnel] = kept
        messages = [message for kept in self._shown.values() for message in kept.messages]
        messages += self._common.of(connections, messages)
        messages += [replace(message, place=_NOTE) for message in mark_messages(fleet.marks, upto=upto)]
        return tuple(sorted(messages, key=lambda message: message.at)[-MOST:])

    def _told(
        self,
        tunnel: Tunnel,
        known: _TunnelNews,
        fleet: Fleet,
        diagnose: Diagnose,
        outages: OutagesOf,
        since: int | None,
        upto: int | None,
    ) -> Sequence[Message]:
        """Return the news shown of a tunnel."""
        happened = outages(tunnel)
        shown = [message for message in known.messages if not _is_part_of_any(message, happened)]
        shown += _of_outages(tunnel, known.name, happened, until=fleet.watermark)
        news = [message for message in shown if since is None or _lasts_until(message) >= since]
        if upto is None and not any(not outage.has_ended for outage in happened):
            news += _inferred(tunnel, known, diagnose)  # a present state is news whenever it began
        return news

    def _of(self, tunnel: Tunnel, connection: Connection, upto: int | None, known: _TunnelNews | None) -> _TunnelNews:
        wanted = (tunnel.revision, upto)
        if known is not None and known.worked_out_for == wanted:
            return known
        name = f"{connection.label} {tunnel.outside_ip}"
        news = [
            *_without_repetitions(messages_of(_without_chatter(tunnel, upto), folds_attempts=False)),
            *option_messages(tunnel, upto=upto),
        ]
        if tunnel is not connection.tunnels[0]:  # a change of the whole connection is news once, not once per tunnel
            news = [message for message in news if message.change is None or message.change.outside_ip]
        return _TunnelNews(wanted, name, tuple(replace(message, tunnel=tunnel, place=name) for message in news))


class _CommonNews:
    """The messages about common falls; computed again only when an outage begins or ends."""

    def __init__(self) -> None:
        self._looked_at: object = None
        self._found: tuple[Message, ...] = ()

    def of(self, connections: Sequence[Connection], messages: Iterable[Message]) -> tuple[Message, ...]:
        """Return the messages, given the news of single tunnels."""
        outages: dict[Tunnel, list[Outage]] = {}
        for message in messages:
            if message.tunnel is not None and message.outage is not None:
                outages.setdefault(message.tunnel, []).append(message.outage)
        looked_at = (
            connections,
            [(tunnel, spans[0].start, spans[-1].end, len(spans)) for tunnel, spans in outages.items()],
        )
        if looked_at != self._looked_at:
            self._looked_at = looked_at
            lasting = {tunnel.connection for tunnel, spans in outages.items() if not spans[-1].has_ended}
            names = {connection.id: connection.label for connection in connections}
            self._found = tuple(
                _of_common_fall(fall, names, is_over=lasting.isdisjoint(fall.connections))
                for fall in past_falls(outages, connections)
            )
        return self._found


def _of_common_fall(fall: CommonFall, names: Mapping[str, str], *, is_over: bool) -> Message:
    return Message(
        Kind.COMMON,
        None,
        fall.end,
        common_fall_brief(fall),
        severity=Severity.WARNING if is_over else Severity.ERROR,
        place=_COMMON,
        common=fall,
        fallen=tuple(names[connection] for connection in fall.connections),
    )


def _lasts_until(message: Message) -> float:
    """Return when the last event of a message happened, ms; an outage that continues has no end."""
    if message.outage is not None:
        return inf if message.outage.end is None else message.outage.end
    return message.last_at or message.at


def _of_outages(tunnel: Tunnel, place: str, outages: Sequence[Outage], *, until: int | None) -> Iterator[Message]:
    """Yield a message for each outage, and for the end of a long one.

    That a tunnel was set up when the log begins is news only for an hour.
    """
    for outage in outages:
        is_set_up = outage.end is not None and not outage.start_exact and outage.diagnosis is None
        if is_set_up and until is not None and (outage.end or 0) < until - HOUR:
            continue
        entry = _first_since(tunnel, outage.start)
        if entry is None:
            continue
        yield Message(
            Kind.CHANGE,
            entry,
            outage.start,
            outage_text(outage),
            severity=Severity.WARNING if outage.has_ended else Severity.ERROR,
            is_better=outage.has_ended,
            tunnel=tunnel,
            place=place,
            outage=outage,
        )
        if outage.end is not None and outage.end - outage.start >= _LONG:
            yield Message(
                Kind.CHANGE,
                _first_since(tunnel, outage.end),
                outage.end,
                return_text(outage),
                is_better=True,
                tunnel=tunnel,
                place=place,
            )


def _first_since(tunnel: Tunnel, at: int) -> Entry | None:
    """Return the tunnel's first event at or after a time, ms; the last one if there is none."""
    return next((entry for entry in tunnel.history if entry.at >= at), tunnel.history.last)


def _is_part_of_any(message: Message, outages: Sequence[Outage]) -> bool:
    return any(_is_part_of(message, outage) for outage in outages)


def _is_part_of(message: Message, outage: Outage) -> bool:
    """Return whether the line about an outage covers a message: a change, its end, or its evidence."""
    end = outage.end
    if message.entry is None or message.at < outage.start - BURST or (end is not None and message.at > end + BURST):
        return False
    is_bgp_over_it = outage.kind is OutageKind.IPSEC and message.entry.log is Log.BGP  # BGP goes down with the tunnel
    if message.kind is Kind.CHANGE or is_bgp_over_it:
        return True
    rule = message.entry.rule
    diagnosis = outage.diagnosis
    if message.severity is not Severity.ERROR or (rule is not None and rule.id in TELLS_OF_AN_END):
        return True
    evidence = diagnosis.evidence if diagnosis else ()
    said_at = (outage.start, *(fact.at for fact in evidence))
    is_beside = any(abs(message.at - at) <= BURST for at in said_at)
    return is_beside or message.entry.event.message in {fact.text for fact in evidence}


def _without_chatter(tunnel: Tunnel, upto: int | None) -> list[Entry]:
    """Return the tunnel's events without routine that changed nothing, which may be a thousand an hour."""
    kept: list[Entry] = []
    before: State | None = None
    for entry in tunnel.history:
        if upto is not None and entry.at > upto:
            break
        if entry.state is not before or not entry.is_chatter:
            kept.append(entry)
        before = entry.state
    return kept


def _inferred(tunnel: Tunnel, known: _TunnelNews, diagnose: Diagnose) -> Iterable[Message]:
    """Yield the leading cause as a message at its first line, unless a message around that line says as much."""
    for diagnosis in diagnose(tunnel)[:1]:
        begins_at = diagnosis.since - BURST
        is_known = any(
            _is_trouble(message) and (message.last_at or message.at) >= begins_at for message in known.messages
        )
        if is_known or diagnosis.severity.rank < Severity.WARNING.rank:
            continue
        entry = next((entry for entry in tunnel.history if entry.at >= diagnosis.since), tunnel.history.last)
        if entry is not None:
            brief = diagnosis.cause.brief
            yield Message(
                Kind.EVENT, entry, entry.at, brief, brief, diagnosis.severity, tunnel=tunnel, place=known.name
            )


def _without_repetitions(messages: Iterable[Message]) -> list[Message]:
    """Return the news with repetitions counted on the first.

    A peer that keeps retrying logs the same every few seconds, until it comes up.
    """
    news: list[Message] = []
    first_of: dict[str, Message] = {}
    for message in messages:
        if not _is_news(message):
            continue
        if message.kind is Kind.CHANGE and message.is_better:
            news += first_of.values()
            first_of = {}
        meaning = message.brief or message.text
        first = first_of.get(meaning)
        if first is None:
            first_of[meaning] = message
        elif first.text == message.text:  # several messages of one attempt may mean the same: only one is counted
            first_of[meaning] = replace(first, times=first.times + 1, last_at=message.at)
    return [*news, *first_of.values()]


def _is_news(message: Message) -> bool:
    if message.kind is Kind.CHANGE:
        return message.is_better is not None
    return _is_trouble(message)


def _is_trouble(message: Message) -> bool:
    """Return whether an event reports trouble; a change of options may explain a cause, but does not name it."""
    is_event = message.kind not in (Kind.OPTION, Kind.MARK, Kind.COMMON)
    return is_event and message.severity is not None and message.severity.rank >= Severity.WARNING.rank
