"""What changed on AWS's side while we watched, in words."""

from typing import Final

from tui.content.wording import Moment
from tui.domain.inventory import OptionChange

_NAMES: Final = {
    "BgpLogGroupArn": "BGP log group",
    "LastMaintenanceApplied": "endpoint replaced",
    "LogGroupArn": "log group",
    "PreSharedKeyArn": "pre-shared key (its secret)",
    "ProvisioningStatus": "tunnel",
    "Routes": "static routes",
    "State": "connection",
}
"""Plain names for options whose own name says less; the others keep EC2's name, by which they are looked up."""
_INSTANTS: Final = {"LastMaintenanceApplied"}


def option_change_text(change: OptionChange, moment: Moment) -> str:
    """Return one change as `EC2: Phase1DHGroupNumbers  2, 14 → 14`; of an instant only the new one."""
    name = _NAMES.get(change.option, change.option)
    if change.option in _INSTANTS:
        return f"EC2: {name} {moment(int(change.after)) if change.after else 'at an unknown time'}"
    return f"EC2: {name}  {change.before or 'none'} → {change.after or 'none'}"
