"""What is copied: plain text for a chat or a ticket. Times are in UTC, for it may be read anywhere."""

from collections.abc import Iterable

from tui.content.board import explained
from tui.content.tunnel_page import confidence
from tui.content.tunnel_snapshot import TunnelSnapshot
from tui.domain.devices import steps, title
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.history import Entry
from tui.domain.text import clean
from tui.domain.times import age, iso


def tunnel_summary(subject: TunnelSnapshot, entry: Entry | None = None, *, device: str | None = None) -> str:
    """Return the tunnel with its diagnosis, or with `entry` where one is given: the sentence, the evidence, the checks.

    With a customer's `device` its commands are there too.
    """
    state, since = subject.state, subject.state.is_up.at
    lines = [
        f"{subject.name} {subject.outside_ip}: {state.health.value.value}"
        + (f" for {age(subject.at - since)}" if since is not None else "")
        + f" (phase 1 {state.phase1.value.value}, phase 2 {state.phase2.value.value})"
    ]
    entry = entry or (None if subject.diagnoses else subject.telling)
    if entry is not None:
        lines += _told_of(entry)
    elif subject.diagnoses:
        lines += _diagnosed(subject.diagnoses[0], subject, device)
    return "\n".join(map(clean, lines)) + "\n"


def _diagnosed(diagnosis: Diagnosis, subject: TunnelSnapshot, device: str | None) -> Iterable[str]:
    cause = diagnosis.cause
    yield f"{cause.title} ({confidence(diagnosis, since=iso(diagnosis.since))})"
    yield from ("", f"“{cause.say}”")
    yield from _listed(
        "Evidence", [*(f"{iso(each.at)} {each.text}" for each in diagnosis.evidence), *diagnosis.remarks]
    )
    yield from _listed("Check on AWS", cause.check_aws)
    yield from _listed("Check on the customer gateway", cause.check_cgw)
    if device is not None:
        yield from _listed(f"On {title(device)}", steps(device, cause.topics, peer=subject.outside_ip))


def _listed(name: str, texts: Iterable[str]) -> Iterable[str]:
    lines = [f"- {text}" for text in texts]
    return ["", f"{name}:", *lines] if lines else []


def _told_of(entry: Entry) -> Iterable[str]:
    yield f"{iso(entry.raw.at)}  {entry.event.message}"
    explanation = explained(entry)
    if explanation is not None:
        yield explanation.meaning
        yield from (f"- {check}" for check in explanation.rule.check_cgw)
        yield f"“{explanation.rule.say}”"
    yield entry.raw.message[:4_000]
