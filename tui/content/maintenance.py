"""The maintenance forecast in words: which endpoint AWS replaces, by when, and what happens afterwards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from tui.content.layout.cells import cell_len, count, harmless, wrap
from tui.content.layout.lines import Line, Span, cell, line
from tui.content.layout.tones import Tone
from tui.content.wording import Moment
from tui.domain.maintenance import Comeback, Forecast, Pending, in_order
from tui.domain.times import length

AFTERWARDS: Final = {
    Comeback.BY_AWS: "AWS dials again",
    Comeback.BY_THE_DEVICE: "waits for the device to dial",
    Comeback.UNKNOWN: "who dials is unknown",
}
MEANWHILE: Final = {
    True: "the other tunnel is up",
    False: "no other tunnel is up",
    None: "the other tunnel's state is unknown",
}
_TONES: Final = {True: Tone.TEXT, False: Tone.ERROR, None: Tone.WARNING}
_GAP: Final = "  "


def label(pending: Pending) -> str:
    """Return the name of a tunnel's connection, with its site if there are several."""
    name = pending.connection.label
    return f"{pending.site}/{name}" if pending.site else name


def deadline_text(pending: Pending, moment: Moment) -> str:
    """Return the time until which AWS waits."""
    return "no deadline named" if pending.deadline is None else f"by {moment(pending.deadline)}"


def all_pending(forecasts: Mapping[str, Forecast]) -> tuple[Pending, ...]:
    """Return the pending maintenance of all sites, the nearest deadline first."""
    return in_order(pending for forecast in forecasts.values() for pending in forecast.pending)


def maintenance_lines(
    forecasts: Mapping[str, Forecast], failures: Mapping[str, str], *, now: int, moment: Moment, width: int
) -> Iterator[Line]:
    """Yield the forecast as text: a summary, a line for each tunnel, and what could not be determined.

    `failures` are the sites that could not be asked, with the reason. If a line does not fit `width` cells, what
    happens afterwards goes on a line of its own.
    """
    pending = all_pending(forecasts)
    looked_at = sum(forecast.looked_at for forecast in forecasts.values())
    yield line(
        Span(f"{moment(now)}: maintenance is pending for {len(pending)} of {count(looked_at, 'tunnel')}", Tone.STRONG)
    )
    yield from _rows(pending, now=now, moment=moment, width=width)
    for site, forecast in forecasts.items():
        if forecast.unasked:
            where = f"{site}: " if site else ""
            tunnels = count(forecast.unasked, "tunnel")
            text = f"{where}EC2 gave no answer for {tunnels}: {forecast.reason or 'no such tunnel'}"
            yield from (line(Span(part, Tone.WARNING)) for part in wrap(harmless(text), width))
    for site, reason in failures.items():
        yield from (line(Span(part, Tone.ERROR)) for part in wrap(harmless(f"{site}: {reason}"), width))


def _rows(pending: Sequence[Pending], *, now: int, moment: Moment, width: int) -> Iterator[Line]:
    heads = [
        (deadline_text(tunnel, moment), _distance(tunnel, now), harmless(label(tunnel)), harmless(tunnel.outside_ip))
        for tunnel in pending
    ]
    widths = [max((cell_len(row[column]) for row in heads), default=0) for column in range(4)]
    for tunnel, row in zip(pending, heads, strict=True):
        spans: list[Span] = []
        for number, (text, room) in enumerate(zip(row, widths, strict=True)):
            spans += [cell(text, room, Tone.STRONG if number == 2 else Tone.TEXT), Span(_GAP)]
        ends = [
            Span(AFTERWARDS[tunnel.comeback], _tone_of(tunnel)),
            Span(", "),
            Span(MEANWHILE[tunnel.other_is_up], _TONES[tunnel.other_is_up]),
        ]
        if sum(cell_len(span.text) for span in (*spans, *ends)) <= width:
            yield line(*spans, *ends)
        else:
            yield line(*spans)
            yield line(Span(_GAP), *ends)


def _distance(pending: Pending, now: int) -> str:
    if pending.deadline is None:
        return ""
    return f"in {length(pending.deadline - now)}" if pending.deadline > now else "now"


def _tone_of(pending: Pending) -> Tone:
    return Tone.TEXT if pending.comeback is Comeback.BY_AWS else Tone.WARNING


def advice(pending: Iterable[Pending]) -> Iterator[str]:
    """Yield advice, a sentence for each kind of trouble ahead."""
    kinds = list(pending)
    if any(kind.other_is_up is False for kind in kinds):
        yield "Where no other tunnel is up, bring it up before the deadline: the connection will be down otherwise."
    if any(kind.comeback is Comeback.BY_THE_DEVICE for kind in kinds):
        yield "A tunnel that waits for the device stays down until the customer's side dials, or traffic makes it dial."
    if kinds:
        yield (
            "To choose the moment yourself, one tunnel after the other: "
            "aws ec2 replace-vpn-tunnel --apply-pending-maintenance (it interrupts that tunnel for some minutes)."
        )
