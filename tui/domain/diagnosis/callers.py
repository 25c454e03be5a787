"""Evidence of who made the change behind a cause: the call that CloudTrail recorded."""

from collections.abc import Callable, Mapping
from typing import Final

from tui.domain.diagnosis.finding import Evidence
from tui.domain.diagnosis.phrases import in_words
from tui.domain.diagnosis.situation import Situation
from tui.domain.times import MINUTE
from tui.domain.trail import TrailChange

BEFORE: Final = 5 * MINUTE
"""The longest time between a call and its effect on the tunnel."""

Wanted = Callable[[TrailChange], bool]


def changes_key(call: TrailChange) -> bool:
    """Whether a call gave the tunnel another pre-shared key, which EC2 does not show."""
    return any(option.startswith("PreSharedKey") for option in call.options)


def interrupts(call: TrailChange) -> bool:
    """Whether AWS takes the tunnel down to execute the call."""
    return call.call.startswith("ModifyVpn") or call.call == "ReplaceVpnTunnel"


def called(situation: Situation, *, since: int, until: int, wanted: Wanted) -> tuple[Evidence, ...]:
    """Return the newest matching call between two times (ms); none if CloudTrail has none, or not yet."""
    calls = [call for call in situation.facts.calls if since <= call.at <= until and wanted(call)]
    values: Mapping[str, str] = {"call": calls[-1].call, "who": calls[-1].who} if calls else {}
    return (Evidence(calls[-1].at, in_words("called", **values), is_by_ec2=True),) if calls else ()
