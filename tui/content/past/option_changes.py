"""The changes on AWS's side in words: differences that EC2 shows, and calls that changed something."""

from typing import Final

from tui.content.wording import Moment
from tui.domain.calls import Change, caller_of
from tui.domain.inventory import OptionChange, TunnelFacts
from tui.domain.trail import TrailChange

_NAMES: Final = {
    "BgpLogGroupArn": "BGP log group",
    "LastMaintenanceApplied": "endpoint replaced",
    "LogGroupArn": "log group",
    "PreSharedKeyArn": "pre-shared key (its secret)",
    "ProvisioningStatus": "tunnel",
    "Routes": "static routes",
    "State": "connection",
}
"""Plain names for options whose own name says less; the others keep EC2's name, which can be looked up."""
_REQUESTED: Final = {
    "DestinationCidrBlock": "a static route",
    "LogOptions": "logging",
    "PreSharedKey": "the pre-shared key",
}
"""The same for names in requests."""
_INSTANTS: Final = {"LastMaintenanceApplied"}


def change_text(change: Change, facts: TunnelFacts | None, moment: Moment) -> str:
    """Return one change as `EC2: Phase1DHGroupNumbers  2, 14 → 14, by user ops`; a call with its caller.

    `facts` are those of the changed tunnel, whose calls say who made the change.
    """
    if isinstance(change, TrailChange):
        return call_text(change)
    author = who_changed(change, facts)
    return option_change_text(change, moment) + (f", by {author}" if author else "")


def who_changed(change: Change, facts: TunnelFacts | None) -> str | None:
    """Return who made a change and from where; None if unknown."""
    if isinstance(change, TrailChange):
        return change.who
    call = caller_of(change, facts) if facts is not None else None
    return call.who if call is not None else None


def what_changed(change: Change, moment: Moment) -> str:
    """Return one change without its author: `ModifyVpnTunnelOptions: Phase2DHGroupNumbers`."""
    if isinstance(change, OptionChange):
        return option_change_text(change, moment)
    options = ", ".join(_REQUESTED.get(option, option) for option in change.options)
    return f"{change.call}: {options}" if options else change.call


def change_name(change: Change) -> str:
    """Return one change in a word: the changed option, or the call."""
    return change.option if isinstance(change, OptionChange) else change.call


def option_change_text(change: OptionChange, moment: Moment) -> str:
    """Return one change as `EC2: Phase1DHGroupNumbers  2, 14 → 14`; of an instant only the new one."""
    name = _NAMES.get(change.option, change.option)
    if change.option in _INSTANTS:
        return f"EC2: {name} {moment(int(change.after)) if change.after else 'at an unknown time'}"
    return f"EC2: {name}  {change.before or 'none'} → {change.after or 'none'}"


def call_text(call: TrailChange) -> str:
    """Return a call as `ModifyVpnTunnelOptions by user ops from 192.0.2.200: Phase2DHGroupNumbers`."""
    if call.by_aws and call.call == "ReplaceVpnTunnel":
        return "AWS replaced the tunnel endpoint (ReplaceVpnTunnel)"
    options = ", ".join(_REQUESTED.get(option, option) for option in call.options)
    return f"{call.call} by {call.who}{f': {options}' if options else ''}"
