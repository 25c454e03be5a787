"""The lines of `tail`: an event, a change of health, or the state of the feed, as text or as JSON."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from tui.content.board.common_falls import common_fall_text
from tui.content.layout.cells import harmless
from tui.content.layout.lines import Line, Span
from tui.content.layout.symbols import CHANGE, HEALTH, MARK, SEVERITY
from tui.content.layout.tones import Tone
from tui.content.messages.messages import event_brief
from tui.content.past.known_changes import KnownChange
from tui.content.past.option_changes import what_changed
from tui.content.past.outages import outage_reasons, outage_text
from tui.content.wording import ANYWHERE
from tui.domain.diagnosis.diagnose import Diagnoser
from tui.domain.feed_state import FeedState
from tui.domain.past.common_falls import CommonFall
from tui.domain.past.outages import Outages
from tui.domain.state.fleet import Fleet, Noted
from tui.domain.state.history import Entry
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health, Transition, rise_times
from tui.domain.times import clock_time, day, iso_ms, zone
from tui.headless.colour import Render, plain
from tui.headless.feed_lines import feed_lines
from tui.headless.json_documents import (
    Json,
    change_document,
    common_fall_document,
    event_document,
    feed_document,
    mark_document,
    site_of,
    transition_document,
)

Write = Callable[[str], object]


class Lines(Protocol):
    """Writes what happened, in one or more lines each."""

    def event(self, noted: Noted, *, late: bool) -> None:
        """Write an event; `late` if it is older than what was already written of its tunnel."""

    def transition(self, tunnel: Tunnel, transition: Transition) -> None:
        """Write a change of a tunnel's health."""

    def unlogged(self, tunnel: Tunnel, change: Transition) -> None:
        """Write a change of a tunnel's health that only EC2 reports."""

    def feed(self, feed: FeedState, before: FeedState | None, *, site: str) -> None:
        """Write the state of the feed, or of one of several sites, which was `before` until now."""

    def mark(self, mark: Mark) -> None:
        """Write a note of the user, which only recordings contain."""

    def change(self, known: KnownChange) -> None:
        """Write a change at AWS, and who made it if that is known."""

    def common_fall(self, fall: CommonFall) -> None:
        """Write what connections that went down together have in common."""

    def end_batch(self) -> None:
        """Write what was waiting for the end of the batch."""


class JsonLines:
    """Writes one JSON object per line."""

    def __init__(self, write: Write, fleet: Fleet) -> None:
        self._write = write
        self._fleet = fleet

    def event(self, noted: Noted, *, late: bool) -> None:
        self._write(json.dumps(event_document(noted, late=late)))

    def transition(self, tunnel: Tunnel, transition: Transition) -> None:
        self._write(json.dumps(self._of(tunnel, transition)))

    def unlogged(self, tunnel: Tunnel, change: Transition) -> None:
        self._write(json.dumps(self._of(tunnel, change) | {"health": change.after.value, "by": "ec2"}))

    def _of(self, tunnel: Tunnel, change: Transition) -> Json:
        connection = self._fleet.connection(tunnel.connection)
        return transition_document(tunnel, change, site=connection.source if connection else "")

    def feed(self, feed: FeedState, before: FeedState | None, *, site: str) -> None:
        self._write(json.dumps(feed_document(feed, site=site)))

    def mark(self, mark: Mark) -> None:
        self._write(json.dumps(mark_document(mark)))

    def change(self, known: KnownChange) -> None:
        start: Json = {"type": "change", **site_of(known.site), "connection": known.connection or None}
        self._write(json.dumps(start | change_document(known) | {"at": iso_ms(known.at)}))

    def common_fall(self, fall: CommonFall) -> None:
        start: Json = {"type": "common_fall", "at": iso_ms(fall.end)}
        self._write(json.dumps(start | common_fall_document(fall)))

    def end_batch(self) -> None:
        """Do nothing: each line is written at once."""


class TextLines:
    """Writes text for people: the time of day, a line for each new day; every line is harmless to a terminal."""

    def __init__(self, write: Write, fleet: Fleet, *, utc: bool, render: Render = plain) -> None:
        self._print = write
        self._render = render
        self._fleet = fleet
        self._utc = utc
        self._day = ""
        self._outages = Outages(fleet)
        self._diagnoser = Diagnoser(fleet)

    def event(self, noted: Noted, *, late: bool) -> None:
        at = noted.entry.at
        self._begin_day(at)
        explanation = noted.entry.explanation
        symbol, tone = SEVERITY[explanation.severity] if explanation else ("?", Tone.TEXT)
        brief = event_brief(noted.entry)
        meaning = f"  [{brief}]" if brief else ""
        note = "  (late)" if late else ""
        start = self._start(noted.tunnel, at)
        self._write(f"{start} ", (f"{symbol} ", tone), f"{noted.entry.event.message}", (meaning, tone), note)

    def transition(self, tunnel: Tunnel, transition: Transition) -> None:
        self._begin_day(transition.at)
        start = self._start(tunnel, transition.at)
        _, _, tone = HEALTH[transition.after]
        reasons = self._reasons(tunnel, transition)
        text = f"⇒ {transition.before.value} → {transition.after.value}{f'  ({reasons})' if reasons else ''}"
        self._write(f"{start} ", (text, tone))

    def unlogged(self, tunnel: Tunnel, change: Transition) -> None:
        self.transition(tunnel, change)

    def _reasons(self, tunnel: Tunnel, transition: Transition) -> str:
        """Return why a tunnel went down, as far as that is known yet; for one that came up, how long it was down."""
        if Health.UP not in (transition.before, transition.after):
            return ""
        now = max(transition.at, tunnel.last_event_at or 0, self._fleet.watermark or 0)
        outages = self._outages.of(tunnel, now=now, current=self._diagnoser.of(tunnel, now=now))
        if transition.after is Health.UP:
            # BGP comes back some seconds after the tunnel, and only then is the outage over.
            ended = next(
                (outage for outage in outages if outage.end and outage.start < transition.at <= outage.end), None
            )
            return "" if ended is None else outage_text(replace(ended, end=transition.at))
        # BGP may be lost some seconds before the tunnel: then the outage begins with it.
        rose_at = max((at for at in rise_times(tunnel.history.transitions()) if at <= transition.at), default=0)
        since_then = (outage for outage in outages if rose_at <= outage.start <= transition.at)
        begun = next((outage for outage in since_then if outage.end is None or transition.at < outage.end), None)
        return "" if begun is None else ", ".join(outage_reasons(begun))

    def feed(self, feed: FeedState, before: FeedState | None, *, site: str) -> None:
        for text in feed_lines(feed, before, site=site):
            self._write(f"-- {text}")

    def attempts(self, tunnel: Tunnel, entry: Entry, text: str) -> None:
        """Write the line that represents repeated attempts, at the time of the newest one's `entry`."""
        self._begin_day(entry.at)
        symbol, tone = SEVERITY[entry.explanation.severity] if entry.explanation else ("?", Tone.TEXT)
        self._write(f"{self._start(tunnel, entry.at)} ", (f"{symbol} {text}", tone))

    def mark(self, mark: Mark) -> None:
        self._begin_day(mark.at)
        symbol, tone = MARK
        self._write(f"{clock_time(mark.at, utc=self._utc)} ", (f"{symbol} {mark.text}", tone))

    def change(self, known: KnownChange) -> None:
        self._begin_day(known.at)
        symbol, tone = CHANGE
        author = f", by {known.who}" if known.who else ""
        text = f"{symbol} {what_changed(known.change, ANYWHERE)}{author}"
        self._write(f"{clock_time(known.at, utc=self._utc)} {known.label} ", (text, tone))

    def common_fall(self, fall: CommonFall) -> None:
        self._begin_day(fall.end)
        text = common_fall_text(fall, partial(clock_time, utc=self._utc))
        self._write(f"{clock_time(fall.end, utc=self._utc)} ", (f"▼ {text}", Tone.ERROR))

    def end_batch(self) -> None:
        """Do nothing: each line is written at once."""

    def _write(self, *parts: str | tuple[str, Tone]) -> None:
        spans = (Span(part) if isinstance(part, str) else Span(*part) for part in parts)
        self._print(self._render(Line(tuple(Span(harmless(span.text), span.tone) for span in spans))))

    def _begin_day(self, at: int) -> None:
        today = f"{day(at, utc=self._utc)}, {zone(at, utc=self._utc)}"
        if today != self._day:
            self._day = today
            self._write(f"-- {today}")

    def _start(self, tunnel: Tunnel, at: int) -> str:
        connection = self._fleet.connection(tunnel.connection)
        name = connection.name if connection and connection.name else tunnel.connection
        return f"{clock_time(at, utc=self._utc)} {f'{name} {tunnel.outside_ip}'.strip()}"
