"""The last negotiation of a tunnel as a ladder: arrows between AWS and the customer gateway, and what is missing."""

from collections.abc import Iterator
from typing import Final

from tui.content.layout.blocks import Block, drawing, heading
from tui.content.layout.cells import cell_len
from tui.content.layout.symbols import SEVERITY
from tui.content.layout.tones import Tone
from tui.content.messages.messages import event_brief
from tui.content.wording import Moment
from tui.domain.knowledge.rule import Severity
from tui.domain.past.exchanges import End, Missing, Negotiation, Note, Step, last_negotiation
from tui.domain.state.history import History
from tui.domain.times import clock_time

_MOST_ROWS: Final = 16
"""Maximum number of rows, the newest; a peer that repeats Main Mode with a wrong key brings more."""
_TIME: Final = 9
_ARROW: Final = 27
"""Cells between the two lifelines: `CREATE_CHILD_SA response` and an arrow, which fits beside a board of 124
columns."""
_WIDEST: Final = 56
"""Maximum width of a row with its optional parts, in cells."""
_NAMES: Final = {End.AWS: "AWS", End.CUSTOMER_GATEWAY: "the customer gateway"}
_HEAD: Final = " " * _TIME + "AWS" + " " * (_ARROW + 2 - len("AWS" + "customer gateway")) + "customer gateway"


def ladder_blocks(history: History, *, now: int, moment: Moment, utc: bool) -> tuple[Block, ...]:
    """Return the last negotiation below its heading; empty if none was logged.

    `now` is how far the feed has read; `moment` writes when it began, and the rows have the time of day alone.
    """
    negotiation = last_negotiation(history, now=now)
    if negotiation is None:
        return ()
    left_out = len(negotiation.rows) - _MOST_ROWS
    return (
        *heading("Last negotiation"),
        Block(f"{_what(negotiation)}, {moment(negotiation.steps[0].at)}", Tone.QUIET),
        drawing(_HEAD, Tone.FAINT),
        *((drawing(f"{' ' * _TIME}{left_out} rows before", Tone.FAINT),) if left_out > 0 else ()),
        *_rows(negotiation, utc=utc),
        *((_missing(negotiation.missing),) if negotiation.missing else ()),
    )


def _what(negotiation: Negotiation) -> str:
    kind = "within the established IKE SA" if negotiation.is_under_phase1 else "a whole set-up"
    return f"{negotiation.version}, {kind}, begun by {_NAMES[negotiation.begun_by]}"


def _rows(negotiation: Negotiation, *, utc: bool) -> Iterator[Block]:
    before = ""
    for row in negotiation.rows[-_MOST_ROWS:]:
        time = clock_time(row.at, utc=utc)
        shown, before = (time if time != before else ""), time
        yield _step(row, shown) if isinstance(row, Step) else _note(row, shown, utc=utc)


def _step(step: Step, time: str) -> Block:
    label = f"{step.exchange} {'request' if step.is_request else 'response'}"
    beside = "not logged" if not step.is_logged else f"UDP {step.port}" if step.port is not None else ""
    text = f"{time:<{_TIME}}{_arrow(step.sender, label, '─' if step.is_logged else '┄')} {beside}".rstrip()
    return drawing(text, Tone.TEXT if step.is_logged else Tone.FAINT)


def _missing(missing: Missing) -> Block:
    text = f"no {missing.exchange} {'request' if missing.is_request else 'response'}"
    if missing.is_certain:
        short = f"no {missing.exchange}" if missing.is_request else "no answer"
        return drawing(f"{'':<{_TIME}}{_arrow(missing.sender, f'✖ {short}', '┄')}", Tone.ERROR)
    return drawing(f"{'':<{_TIME}}  {text} logged", Tone.FAINT)


def _arrow(sender: End, label: str, stroke: str) -> str:
    """Return an arrow between the lifelines: the label at the sender, the line to the other end."""
    if sender is End.AWS:
        return f"│{f' {label} '.ljust(_ARROW - 1, stroke)}→│"
    return f"│←{f' {label} '.rjust(_ARROW - 1, stroke)}│"


def _note(note: Note, time: str, *, utc: bool) -> Block:
    explanation = note.entry.explanation
    severity = explanation.severity if explanation else None
    symbol, tone = SEVERITY[severity]
    if severity is Severity.OK:
        symbol, tone = "●", Tone.GOOD
    text = f"{time:<{_TIME}}  {symbol} {event_brief(note.entry) or note.entry.event.message}"
    if note.last_at:
        counted = f"{text} ×{note.times}"
        dated = f"{counted}, last {clock_time(note.last_at, utc=utc)}"
        text = dated if cell_len(dated) <= _WIDEST else counted
    return drawing(text, tone)
