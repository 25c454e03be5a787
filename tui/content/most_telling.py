"""The message that most likely explains why a tunnel is not up, for tunnels without a diagnosis."""

from itertools import islice
from typing import Final

from tui.domain.knowledge.rule import Severity
from tui.domain.state.history import Entry
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import BURST, Health

_LOOKED_AT: Final = 400
"""Number of the newest events looked at."""


def most_telling(tunnel: Tunnel) -> Entry | None:
    """Return the event that most likely explains why the tunnel is not up, of those since it last was; else None.

    An error beats a newer warning, because the warnings of a retry say less than what made it necessary. Of the errors
    of one burst the first counts: daemons name the cause first, then what they do about it.
    """
    error = warning = None
    for entry in islice(tunnel.history.newest_first(), _LOOKED_AT):
        if (error and error.at - entry.at > BURST) or entry.state.health.value is Health.UP:
            break
        explanation = entry.explanation
        if explanation is None:
            continue
        if explanation.severity is Severity.ERROR:
            error = entry
        elif explanation.severity is Severity.WARNING:
            warning = warning or entry
    return error or warning
