"""Who made a change that a cause is about, as evidence: the call that CloudTrail has of it."""

from collections.abc import Callable, Mapping
from typing import Final

from tui.domain.diagnosis.finding import Evidence
from tui.domain.diagnosis.phrases import in_words
from tui.domain.diagnosis.situation import Situation
from tui.domain.times import MINUTE
from tui.domain.trail import TrailChange

BEFORE: Final = 5 * MINUTE
"""How long before its effect on the tunnel a call was made, at most."""

Wanted = Callable[[TrailChange], bool]


def changes_key(call: TrailChange) -> bool:
    """Whether a call gave the tunnel another pre-shared key, of which EC2 shows nothing."""
    return any(option.startswith("PreSharedKey") for option in call.options)


def interrupts(call: TrailChange) -> bool:
    """Whether AWS takes the tunnel down to do what was called for."""
    return call.call.startswith("ModifyVpn") or call.call == "ReplaceVpnTunnel"


def called(situation: Situation, *, since: int, until: int, wanted: Wanted) -> tuple[Evidence, ...]:
    """Return the newest call of that kind between two instants, ms; none where CloudTrail has none, or not yet."""
    calls = [call for call in situation.facts.calls if since <= call.at <= until and wanted(call)]
    places: Mapping[str, str] = {"call": calls[-1].call, "who": calls[-1].who} if calls else {}
    return (Evidence(calls[-1].at, in_words("called", **places), is_by_ec2=True),) if calls else ()
