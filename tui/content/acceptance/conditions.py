"""What `accept` says: each condition, its progress and its evidence."""

from collections.abc import Sequence
from typing import Final

from tui.content.layout.tones import Tone
from tui.content.past.outages import outage_reasons, outage_sentence
from tui.content.sighting import carrying_text
from tui.content.tunnel.rekeys import rekey_text
from tui.content.wording import Moment
from tui.domain.acceptance.acceptance import (
    SURVIVED,
    Carrying,
    Chapter,
    Condition,
    Evidence,
    Progress,
    Rekeyed,
    Routing,
    State,
    Steady,
    Switch,
    Whole,
)
from tui.domain.past.outages import Outage, OutageKind
from tui.domain.times import SECOND, length

_SHOWN: Final = 6
"""Maximum number of prefixes named; the others are counted."""
STATES: Final = {
    State.MET: ("✔", "seen", Tone.GOOD),
    State.OPEN: ("…", "open", Tone.WARNING),
    State.FAILED: ("✖", "failed", Tone.ERROR),
    State.UNKNOWN: ("?", "not known", Tone.WARNING),
}
"""Symbol, word and tone of each state."""
TITLES: Final[dict[type[Evidence], str]] = {
    Carrying: "carries traffic",
    Routing: "BGP and prefixes",
    Rekeyed: "phase 2 rekey survived",
    Steady: "no flap in the watch",
    Switch: "down once, the other carried",
    Whole: "both tunnels are known",
}
RESOLUTION: Final = (
    "Times are those of AWS's logs. IKE records are stamped in whole seconds, so a switch is known to one second. It "
    "begins when AWS noticed the loss."
)


def code_of(evidence: Evidence) -> str:
    """Return the stable name of a condition, for scripts."""
    return _CODES[type(evidence)]


_CODES: Final[dict[type[Evidence], str]] = {
    Carrying: "carries",
    Routing: "bgp_prefixes",
    Rekeyed: "rekey",
    Steady: "no_flap",
    Switch: "drill",
    Whole: "both_known",
}


def opening_sentence(*, drill: bool, has_list: bool, timeout: str) -> str:
    """Return what must be seen, and the maximum time to wait for it."""
    parts = ["every tunnel carries traffic", f"BGP with {'the expected' if has_list else 'its'} prefixes"]
    parts += ["one phase 2 rekey survived on each", "no flap"]
    parts += ["each down once while the other carries"] if drill else []
    return f"waiting for: {', '.join(parts)}; at most {timeout}"


def condition_text(condition: Condition, moment: Moment) -> str:
    """Return a condition with its evidence: `phase 2 rekey survived: at 23:31:05`."""
    title = TITLES[type(condition.evidence)]
    evidence = evidence_text(condition, moment)
    return f"{title}: {evidence}" if evidence else title


def evidence_text(condition: Condition, moment: Moment) -> str:
    """Return the evidence that a condition is met, or what is missing."""
    evidence = condition.evidence
    match evidence:
        case Carrying():
            return carrying_text(evidence.tunnel, moment)
        case Routing():
            return _routing(evidence, moment)
        case Rekeyed():
            return _rekeyed(evidence, moment)
        case Steady():
            return _steady(evidence, moment, has_failed=condition.state is State.FAILED)
        case Switch():
            return _switch(evidence, moment, has_failed=condition.state is State.FAILED)
        case Whole():
            return "one is known by its log alone; nothing is known of the other"


def chapter_notes(chapter: Chapter) -> tuple[str, ...]:
    """Return further remarks on a connection, beside its conditions."""
    connection = chapter.connection
    notes = []
    if connection.is_static:
        notes.append("Static routes only: there is no BGP to wait for.")
    if connection.left_out:
        chosen = ", ".join(tunnel.outside_ip for tunnel in connection.tunnels)
        notes.append(f"Only {chosen} was chosen: this says nothing of the connection's redundancy.")
    return tuple(notes)


def missing_text(progress: Progress | None, moment: Moment) -> str:
    """Return what prevents acceptance: what failed, else what is open."""
    if progress is None:
        return "nothing has been read yet"
    if progress.has_failed:
        return _first(_failures(progress, moment))
    if not progress.is_fresh:
        return f"nothing is known since {moment(progress.known_until)}"
    return f"still open: {_first(_named(progress, State.OPEN, State.UNKNOWN))}"


def where(chapter: Chapter, condition: Condition) -> str:
    """Return what a condition refers to: a connection, or one of its tunnels."""
    return f"{chapter.connection.label} {condition.outside_ip}".strip()


def _failures(progress: Progress, moment: Moment) -> list[str]:
    """Return what went wrong: `osaka 203.0.113.88 went down at 08:10:59, closed by AWS`."""
    failures = []
    for chapter in progress.chapters:
        for condition in chapter.conditions:
            if condition.state is not State.FAILED:
                continue
            subject, evidence = where(chapter, condition), condition.evidence
            if isinstance(evidence, Steady):
                failures += [f"{subject} {_fell(fall, moment)}" for fall in evidence.falls[-1:]]
            elif isinstance(evidence, Switch) and evidence.lost_at is not None:
                lost_at = moment(evidence.lost_at)
                failures.append(f"{subject} went down at {lost_at}, and the other tunnel did not carry meanwhile")
            else:
                failures.append(f"{subject} ({TITLES[type(evidence)]})")
    return failures


def _fell(fall: Outage, moment: Moment) -> str:
    event = "lost BGP" if fall.kind is OutageKind.BGP else "went down"
    return ", ".join((f"{event} at {moment(fall.start)}", *outage_reasons(fall)))


def _named(progress: Progress, *states: State) -> list[str]:
    return [
        f"{where(chapter, condition)} ({TITLES[type(condition.evidence)]})"
        for chapter in progress.chapters
        for condition in chapter.conditions
        if condition.state in states
    ]


def _routing(evidence: Routing, moment: Moment) -> str:
    if not evidence.is_established:
        return (
            "BGP is not established" if evidence.is_established is False else "it is unknown whether BGP is established"
        )
    since = f" since {moment(evidence.established_at)}" if evidence.established_at is not None else ""
    parts = [f"established{since}"]
    if evidence.announced is None:
        parts.append("it began before the look-back, so its prefixes are not all known (--since looks back further)")
    elif evidence.expected is None:
        parts.append(f"{evidence.announced} prefixes, and no list to compare them with")
    else:
        parts.append(f"{evidence.expected - len(evidence.missing)} of {evidence.expected} expected prefixes")
    parts += [f"missing {_first(evidence.missing)}"] if evidence.missing else []
    parts += [f"not expected {_first(evidence.unexpected)}"] if evidence.unexpected else []
    refused = [f"{prefix} ({reason})" for prefix, reason in evidence.refused]
    return ", ".join(parts + ([f"refused by AWS {_first(refused)}"] if refused else []))


def _rekeyed(evidence: Rekeyed, moment: Moment) -> str:
    if evidence.at is not None:
        return f"at {moment(evidence.at)}"
    if evidence.seen_at is not None:
        return f"rekeyed at {moment(evidence.seen_at)}; it has to carry until {moment(evidence.seen_at + SURVIVED)}"
    if not evidence.is_logged:
        return "the tunnel's log is off, so no rekey can be seen"
    if evidence.ahead is None:
        return "none seen yet; the time of the next one is unknown"
    return f"expected {rekey_text(evidence.ahead, moment)}"


def _steady(evidence: Steady, moment: Moment, *, has_failed: bool) -> str:
    if not evidence.falls:
        return f"none since {moment(evidence.since)}"
    if not has_failed:
        return f"none since {moment(evidence.since)} except the drill's"
    now = max(fall.start if fall.end is None else fall.end for fall in evidence.falls)
    return "; ".join(outage_sentence(fall, now=now, moment=moment) for fall in evidence.falls[:_SHOWN])


def _switch(evidence: Switch, moment: Moment, *, has_failed: bool) -> str:
    if evidence.lost_at is None:
        return "not seen down yet: take it down"
    lost = f"lost at {moment(evidence.lost_at)}"
    back = f", back at {moment(evidence.back_at)}" if evidence.back_at is not None else ", not back yet"
    if evidence.gap is None:
        return (
            f"{lost}, and the other did not carry meanwhile{back}"
            if has_failed
            else f"{lost}, the other does not carry"
        )
    other = "the other carried already" if not evidence.gap else f"the other carried {gap_text(evidence.gap)} later"
    return f"{lost}, {other}{back}"


def gap_text(gap: int) -> str:
    """Return the length of a switch-over, which the log gives to one second."""
    return length(-(-gap // SECOND) * SECOND)


def _first(texts: Sequence[str]) -> str:
    left = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {left} more" if left > 0 else "")
