"""The outages of a tunnel in words: the list on its page, the last trouble of one that is up, a line for each."""

from collections.abc import Sequence
from typing import Final

from tui.content.layout.blocks import Block, heading, item
from tui.content.layout.tones import Tone
from tui.content.wording import Moment
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.past.outages import ClosedBy, Outage, OutageKind
from tui.domain.times import length

_SHOWN: Final = 10
_CLOSED_BY: Final = {
    (OutageKind.IPSEC, ClosedBy.CUSTOMER_GATEWAY): "closed by the customer gateway",
    (OutageKind.IPSEC, ClosedBy.AWS): "closed by AWS",
    (OutageKind.IPSEC, ClosedBy.SILENCE): "no answer from the peer",
    (OutageKind.IPSEC, ClosedBy.EXPIRY): "the SA expired and was not replaced",
    (OutageKind.BGP, ClosedBy.CUSTOMER_GATEWAY): "BGP closed by the customer gateway",
    (OutageKind.BGP, ClosedBy.AWS): "BGP closed by AWS",
    (OutageKind.BGP, ClosedBy.SILENCE): "BGP keepalives stopped",
}
_SAYS_WHO: Final = {
    "closed_by_customer_gateway",
    "closed_by_aws",
    "dpd_timeout",
    "bgp_hold_timer_expired",
    "bgp_shutdown",
}
"""Causes that say only who closed the tunnel or the session."""
_SAYS_NOTHING: Final = {"down", "bgp_down", "phase2_down"}
_BARE: Final = {"", "alone", "not_yet", "ec2"}
"""The variants of these that say only that something is down."""
UNEXPLAINED: Final = "no source says why"
"""The cause of an outage that no line reported, if neither EC2 nor CloudTrail knows of a change."""
_ABOUT_BGP: Final = "BGP: "


def last_trouble_blocks(outages: Sequence[Outage], *, now: int, moment: Moment) -> tuple[Block, ...]:
    """Return the last outage of a tunnel that is up again, with its cause and evidence; empty during an outage."""
    if not outages or not outages[-1].has_ended:
        return ()
    last = outages[-1]
    diagnosis = last.diagnosis
    evidence = diagnosis.evidence if diagnosis else ()
    return (
        *heading("Last trouble"),
        Block(outage_sentence(last, now=now, moment=moment), Tone.TEXT),
        *((Block(diagnosis.cause.title, Tone.QUIET),) if diagnosis else ()),
        *(item(fact.text, f"{moment(fact.at)}  ") for fact in evidence),
    )


def outage_blocks(outages: Sequence[Outage], *, now: int, moment: Moment) -> tuple[Block, ...]:
    """Return the newest outages, newest first. A single one is described elsewhere on the page."""
    if len(outages) < 2:
        return ()
    shown = outages[::-1][:_SHOWN]
    earlier = len(outages) - len(shown)
    return (
        *heading("Outages"),
        *(Block(outage_sentence(outage, now=now, moment=moment)) for outage in shown),
        *((Block(f"{earlier} earlier", Tone.FAINT),) if earlier else ()),
    )


def outage_sentence(outage: Outage, *, now: int, moment: Moment) -> str:
    """Return one outage in one line: `down 00:38:24–00:38:34, 10s, closed by the customer gateway`."""
    state = "no BGP" if outage.kind is OutageKind.BGP else "down"
    begin = moment(outage.start)
    at_least = "" if outage.start_exact else "≥"
    span = length(outage.length(now))
    if outage.end is None:
        or_earlier = "" if outage.start_exact else " or earlier"
        times = f"{state} since {begin}{or_earlier}, {at_least}{span} so far"
    else:
        or_earlier = "" if outage.start_exact else " (or earlier)"
        times = f"{state} {begin}{or_earlier}–{moment(outage.end)}, {at_least}{span}"
    return ", ".join((times, *outage_reasons(outage)))


def outage_text(outage: Outage) -> str:
    """Return one outage in a few words, to follow its time: `down for 10s, closed by the customer gateway`."""
    state = "no BGP" if outage.kind is OutageKind.BGP else "down"
    at_least = "" if outage.start_exact else "≥"
    span = f" for {at_least}{length(outage.length(0))}" if outage.has_ended else ""
    return ", ".join((f"{state}{span}", *outage_reasons(outage)))


def return_text(outage: Outage) -> str:
    """Return the end of an outage in a few words, to follow its time: `up again after 2h11m`."""
    what = "BGP up" if outage.kind is OutageKind.BGP else "up"
    at_least = "" if outage.start_exact else "≥"
    return f"{what} again after {at_least}{length(outage.length(0))}"


def is_uninformative(diagnosis: Diagnosis) -> bool:
    """Whether a cause says no more than that something is down."""
    return diagnosis.code in _SAYS_NOTHING and diagnosis.variant in _BARE


def outage_reasons(outage: Outage) -> tuple[str, ...]:
    """Return the cause in a few words and who closed it, as far as they are known and differ.

    The words are those of the board; for an outage of BGP, they do not repeat BGP.
    """
    diagnosis = outage.diagnosis
    closed_by = closed_by_text(outage)
    if diagnosis is None or is_uninformative(diagnosis):
        unexplained = (UNEXPLAINED,) if outage.by_ec2_alone else ()
        return (closed_by, *unexplained) if closed_by else ()
    brief = outage.brief
    if outage.kind is OutageKind.BGP:
        brief = brief.removeprefix(_ABOUT_BGP)
    return (brief, closed_by) if closed_by and diagnosis.code not in _SAYS_WHO else (brief,)


def closed_by_text(outage: Outage) -> str:
    """Return who closed a tunnel or its BGP session, or that EC2 alone saw it down; empty if no line says so."""
    if outage.by_ec2_alone:
        return "seen by EC2 alone"
    return _CLOSED_BY.get((outage.kind, outage.closed_by), "") if outage.closed_by else ""
