"""The maintenance forecast as a calendar file (RFC 5545): each tunnel's deadline, with a reminder a day before."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from tui.content.maintenance import AFTERWARDS, MEANWHILE, label
from tui.domain.maintenance import Pending
from tui.domain.text import clean

_FOLD: Final = 75
"""Maximum octets of a line, without its end (RFC 5545, section 3.1)."""
_ESCAPES: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def calendar(pending: Iterable[Pending], *, now: int) -> str:
    """Return the calendar file of the tunnels with a deadline; `now` in ms. Its lines end in CR LF.

    Without a deadline it is empty: a calendar has at least one component (RFC 5545, section 3.6).
    """
    events = [entry for tunnel in pending for entry in _event(tunnel, now=now)]
    if not events:
        return ""
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tunnelwatch//maintenance//EN", "METHOD:PUBLISH")
    lines = (*head, *events, "END:VCALENDAR")
    return "".join(f"{part}\r\n" for entry in lines for part in _folded(entry))


def _event(pending: Pending, *, now: int) -> Iterator[str]:
    if pending.deadline is None:
        return
    name = label(pending)
    description = (
        f"AWS replaces its end of this tunnel by itself at this time. Afterwards: {AFTERWARDS[pending.comeback]}. "
    )
    description += f"Now: {MEANWHILE[pending.other_is_up]}."
    yield "BEGIN:VEVENT"
    # A stable id for tunnel and deadline, so that a calendar that reads the file again keeps one event.
    yield f"UID:{_text(pending.connection.id)}-{_text(pending.outside_ip)}-{pending.deadline}@tunnelwatch"
    yield f"DTSTAMP:{_instant(now)}"
    yield f"DTSTART:{_instant(pending.deadline)}"
    yield "DURATION:PT15M"
    yield f"SUMMARY:{_text(f'VPN maintenance: {name} {pending.outside_ip}')}"
    yield f"DESCRIPTION:{_text(description)}"
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-P1D", f"DESCRIPTION:{_text(name)}", "END:VALARM")
    yield "END:VEVENT"


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """Return a text from outside as a value, without control characters or anything that ends a value."""
    return clean(text).translate(_ESCAPES)


def _folded(entry: str) -> Iterator[str]:
    """Yield a line in parts of at most 75 octets, each after the first behind a blank, without splitting characters."""
    part, size = "", 0
    for character in entry:
        octets = len(character.encode())
        if size + octets > _FOLD:
            yield part
            part, size = " ", 1
        part, size = part + character, size + octets
    yield part
