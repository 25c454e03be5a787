"""Fills the words of a cause for a given tunnel: its options, its sibling, its customer gateway.

The sentences are in `causes.toml`, the phrases for their placeholders in `phrases.toml`: one place for masking, and for
a second language.
"""

import string
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from tui.domain.diagnosis.causes import Cause
from tui.domain.diagnosis.finding import Detail, Finding, Span
from tui.domain.diagnosis.phrases import in_words
from tui.domain.diagnosis.situation import Situation
from tui.domain.inventory import DEFAULTS, TunnelFacts
from tui.domain.state.tunnel import Tunnel
from tui.domain.times import HOUR, MINUTE, SECOND, iso

Phrase = Callable[[Situation], str]


def filled(cause: Cause, finding: Finding, situation: Situation) -> Cause:
    """Return the cause with every placeholder in its words filled; one without a value becomes "?"."""
    return _with(cause, _Values(finding.details, situation))


def in_general(cause: Cause) -> Cause:
    """Return the cause without a tunnel: what EC2 would report becomes a reference to it, and other values "…"."""
    return _with(cause, _Values({"tunnel": _LEFT_OPEN}, Situation(Tunnel("", ""), 0, None), otherwise=_LEFT_OPEN))


def _with(cause: Cause, values: "_Values") -> Cause:
    def fill(text: str) -> str:
        return _FORMATTER.vformat(text, (), values) if "{" in text else text

    return replace(
        cause,
        title=fill(cause.title),
        brief=fill(cause.brief),
        say=_tidy(fill(cause.say)),
        likely=tuple(map(fill, cause.likely)),
        check_aws=tuple(map(fill, cause.check_aws)),
        check_cgw=tuple(map(fill, cause.check_cgw)),
    )


def spoken(span: int) -> str:
    """Return a duration (ms) in words: seconds below three minutes, minutes below ninety."""
    if span < 3 * MINUTE:
        return f"{round(span / SECOND)} seconds"
    if span < 90 * MINUTE:
        return f"{round(span / MINUTE)} minutes"
    hours = span / HOUR
    return f"{hours:.0f} hours" if abs(hours - round(hours)) < 0.05 else f"{hours:.1f} hours"


class _Values(Mapping[str, str]):
    """The values of the placeholders: the finding's details first, then the tunnel's properties."""

    def __init__(self, details: Mapping[str, Detail], situation: Situation, *, otherwise: str = "?") -> None:
        self._details = details
        self._situation = situation
        self._otherwise = otherwise

    def __getitem__(self, name: str) -> str:
        if name in self._details:
            return _text_of(self._details[name])
        phrase = _PHRASES.get(name)
        return self._otherwise if phrase is None else phrase(self._situation)

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self):  # type: ignore[no-untyped-def] # only the formatter uses this mapping
        return iter((*self._details, *_PHRASES))

    def __len__(self) -> int:
        return len(self._details) + len(_PHRASES)


_FORMATTER: Final = string.Formatter()
_LEFT_OPEN: Final = "…"


def _tidy(sentence: str) -> str:
    """Return a sentence without the blanks that an empty phrase leaves."""
    text = " ".join(sentence.split())
    for mark in (" .", " ,", " ;"):
        text = text.replace(mark, mark[1])
    return text


def _text_of(detail: Detail) -> str:
    if isinstance(detail, Span):
        return spoken(detail.ms)
    return _choice(detail) if isinstance(detail, tuple) else str(detail)


def _choice(values: tuple[str, ...]) -> str:
    """Return "a", "a or b", "a, b or c"."""
    if len(values) < 2:
        return "".join(values)
    return in_words("choice", first=", ".join(values[:-1]), last=values[-1])


# --- phrases


def _accepted(phase: int) -> Phrase:
    """Return the phrase for the algorithms that the tunnel accepts in a phase."""

    def phrase(situation: Situation) -> str:
        facts = situation.facts
        if not facts.configured:
            return in_words("accepted_unknown")
        encryption, integrity = f"Phase{phase}EncryptionAlgorithms", f"Phase{phase}IntegrityAlgorithms"
        groups = _groups(facts.values(f"Phase{phase}DHGroupNumbers"))
        if all(set(facts.values(option)) == set(DEFAULTS[option]) for option in (encryption, integrity)):
            return in_words("accepted_by_default", groups=groups)
        return in_words(
            "accepted",
            encryption=_choice(facts.values(encryption)),
            integrity=_choice(facts.values(integrity)),
            groups=groups,
        )

    return phrase


def _proven(phase: int) -> Phrase:
    """Return the phrase for what the device and AWS negotiated on the other tunnel, if this tunnel accepts it."""

    def phrase(situation: Situation) -> str:
        for sibling, judgement in zip(situation.siblings, situation.sibling_judgements, strict=True):
            agreed = sibling.facts.negotiated if sibling.facts else {}
            values = {
                "encryption": _agreed(agreed, f"Phase{phase}EncryptionAlgorithm"),
                "integrity": _agreed(agreed, f"Phase{phase}IntegrityAlgorithm"),
                "group": _agreed(agreed, f"Phase{phase}DHGroup"),
            }
            if judgement.carries and all(values.values()) and _accepts(situation.facts, phase, values):
                return in_words("proven", **values)
        return ""

    return phrase


def _agreed(negotiated: Mapping[str, str], start: str) -> str:
    return next((value for key, value in negotiated.items() if key.lower().startswith(start.lower())), "")


def _accepts(facts: TunnelFacts, phase: int, values: Mapping[str, str]) -> bool:
    options = {"encryption": "EncryptionAlgorithms", "integrity": "IntegrityAlgorithms", "group": "DHGroupNumbers"}
    return all(
        not facts.values(f"Phase{phase}{option}") or values[name] in facts.values(f"Phase{phase}{option}")
        for name, option in options.items()
    )


def _groups(numbers: tuple[str, ...]) -> str:
    """Return DH groups as a choice, with runs as "14–24"."""
    known = sorted({int(number) for number in numbers if number.isdecimal()})
    runs: list[list[int]] = []
    for number in known:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return _choice(tuple(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs))


def _pfs(situation: Situation) -> str:
    groups = situation.facts.values("Phase2DHGroupNumbers")
    if not situation.facts.configured:
        return in_words("pfs_unknown")
    return in_words("pfs", groups=_groups(groups or DEFAULTS["Phase2DHGroupNumbers"]))


def _versions(situation: Situation) -> str:
    versions = tuple(version.replace("ikev", "IKEv") for version in situation.facts.values("IkeVersions"))
    if len(versions) == 1:
        return in_words("one_version", version=versions[0])
    return in_words("versions", versions=_choice(versions)) if versions else in_words("versions_unknown")


def _expected_address(situation: Situation) -> str:
    address = situation.connection_facts.customer_gateway.ip
    return in_words("address", address=address) if address else in_words("address_unknown")


def _expected_asn(situation: Situation) -> str:
    asn = situation.connection_facts.customer_gateway.asn
    return in_words("asn", asn=str(asn)) if asn is not None else in_words("asn_unknown")


def _seconds(option: str) -> Phrase:
    def phrase(situation: Situation) -> str:
        seconds = situation.facts.number(option) or int(DEFAULTS[option][0])
        return in_words("seconds" if situation.facts.configured else "seconds_by_default", seconds=str(seconds))

    return phrase


def _redial(situation: Situation) -> str:
    """Return who brings the tunnel up again: with `start` AWS does, even after a DELETE from the customer gateway."""
    return _dialling(situation.facts.values("StartupAction"), by_aws="start")


def _redial_after_dpd(situation: Situation) -> str:
    """Return who brings the tunnel up again after the peer was declared dead."""
    return _dialling(situation.facts.values("DpdTimeoutAction"), by_aws="restart")


def _dialling(actions: tuple[str, ...], *, by_aws: str) -> str:
    if not actions:
        return in_words("redial_unknown")
    return in_words("redial_by_aws" if by_aws in actions else "redial_by_device")


def _networks(situation: Situation) -> str:
    """Return the networks that the tunnel allows: Local is the customer's side, Remote AWS's."""
    if situation.connection is None or situation.connection.facts is None:
        return in_words("networks_unknown")
    options = situation.connection_facts.options
    local, remote = options.get("LocalIpv4NetworkCidr", ""), options.get("RemoteIpv4NetworkCidr", "")
    if not (local or remote) or {local, remote} <= {"0.0.0.0/0", ""}:
        return in_words("networks_any")
    return in_words("networks", local=local or "0.0.0.0/0", remote=remote or "0.0.0.0/0")


def _meanwhile(situation: Situation) -> str:
    """Return what happens to the traffic while this tunnel is down or interrupted."""
    for sibling, judgement in zip(situation.siblings, situation.sibling_judgements, strict=True):
        if judgement.carries:
            return in_words("sibling_carries", sibling=sibling.outside_ip)
    return in_words("sibling_does_not") if situation.siblings else ""


def _limit(situation: Situation) -> str:
    kind = situation.connection_facts.gateway_kind
    return in_words(f"limit_{kind}" if kind in ("tgw", "vgw") else "limit_unknown")


def _forced_at(situation: Situation) -> str:
    at = situation.facts.maintenance_forced_at
    if at is None:
        return in_words("forced_later")
    date, time = iso(at).split("T")
    return in_words("forced_at", at=f"{date} {time[:5]} UTC")


def _reason(situation: Situation) -> str:
    return situation.facts.provisioning_reason or in_words("no_reason")


_PHRASES: Final[Mapping[str, Phrase]] = {
    "tunnel": lambda situation: situation.tunnel.outside_ip,
    "phase1_accepted": _accepted(1),
    "phase2_accepted": _accepted(2),
    "phase1_proven": _proven(1),
    "phase2_proven": _proven(2),
    "pfs": _pfs,
    "versions": _versions,
    "address": _expected_address,
    "asn": _expected_asn,
    "phase1_lifetime": _seconds("Phase1LifetimeSeconds"),
    "phase2_lifetime": _seconds("Phase2LifetimeSeconds"),
    "redial": _redial,
    "redial_after_dpd": _redial_after_dpd,
    "networks": _networks,
    "meanwhile": _meanwhile,
    "limit": _limit,
    "forced_at": _forced_at,
    "provisioning_reason": _reason,
}
PLACES: Final = frozenset(_PHRASES)
"""The placeholders in a cause's words that are filled with the tunnel's properties."""
