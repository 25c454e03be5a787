"""What the connection's other tunnel adds to a cause, as values; `tui.content.tunnel.remarks` has the words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tui.domain.diagnosis.causes import Cause
from tui.domain.diagnosis.finding import Finding
from tui.domain.diagnosis.ike import why_not_up
from tui.domain.diagnosis.situation import Situation
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health

_AT_ONE_INSTANT: Final = 5_000
_ABOUT_THE_KEY: Final = {"psk_mismatch", "psk_rotated"}


class RemarkKind(StrEnum):
    """What the other tunnel shows."""

    KEYS_SWAPPED = "keys_swapped"
    """Both tunnels refuse the key: the keys may be swapped."""
    FELL_TOGETHER = "fell_together"
    SIBLING_UP = "sibling_up"


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark. `at`: when both fell, ms; `sibling`: the other tunnel's address; `meaning`: what its being up means."""

    kind: RemarkKind
    at: int | None = None
    sibling: str = ""
    meaning: str = ""


def remarks(words: Cause, finding: Finding, situation: Situation) -> tuple[Remark, ...]:
    """Return what the connection's other tunnels add to a finding."""
    result: list[Remark] = []
    if finding.code in _ABOUT_THE_KEY and any(_refuses_the_key(sibling, situation) for sibling in situation.siblings):
        result.append(Remark(RemarkKind.KEYS_SWAPPED))
    falls = situation.state.falls
    if not words.about_the_path or not falls:
        return tuple(result)
    for sibling, judgement in zip(situation.siblings, situation.sibling_judgements, strict=True):
        if sibling.state.falls and abs(sibling.state.falls[-1] - falls[-1]) <= _AT_ONE_INSTANT:
            result.append(Remark(RemarkKind.FELL_TOGETHER, at=falls[-1], sibling=sibling.outside_ip))
        elif judgement.health is Health.UP:
            result.append(Remark(RemarkKind.SIBLING_UP, sibling=sibling.outside_ip, meaning=words.sibling_up))
    return tuple(result)


def _refuses_the_key(sibling: Tunnel, situation: Situation) -> bool:
    if sibling.health is Health.UP:
        return False
    findings = why_not_up(Situation(sibling, situation.now, situation.connection))
    return any(finding.code in _ABOUT_THE_KEY for finding in findings[:1])
