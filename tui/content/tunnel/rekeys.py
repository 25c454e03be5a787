"""The countdown to a tunnel's next rekeys, in words."""

import re
from typing import Final

from tui.content.layout.blocks import Block, pairs
from tui.content.layout.tones import Tone
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.wording import Moment
from tui.domain.acceptance.rekey import Rekey, rekeys_ahead

_SECONDS: Final = re.compile(r"(\d\d:\d\d):\d\d")
_WHOSE: Final = "AWS's window, from the tunnel's options. The device may rekey earlier."
_DEVICES: Final = "AWS starts no rekey of an accelerated connection: the device has to."


def rekey_blocks(subject: TunnelSnapshot, *, moment: Moment) -> tuple[Block, ...]:
    """Return when each phase is rekeyed next; empty if the lifetimes or the set-up are unknown."""
    ahead = rekeys_ahead(subject.state, subject.facts, subject.connection, now=subject.known_until)
    if not ahead:
        return ()
    by_aws = any(rekey.opens is not None for rekey in ahead)
    return (
        *pairs("Next rekeys", [(f"phase {rekey.phase}", rekey_text(rekey, moment)) for rekey in ahead]),
        Block(_WHOSE if by_aws else _DEVICES, Tone.FAINT),
    )


def rekey_text(rekey: Rekey, moment: Moment) -> str:
    """Return `between 02:31 and 02:36, else the SA ends at 02:40`; for an accelerated connection only its end."""
    end = f"the SA ends at {minute(rekey.expires, moment)}"
    if rekey.opens is None or rekey.closes is None:
        return f"before {minute(rekey.expires, moment)}, when the SA ends"
    return f"between {minute(rekey.opens, moment)} and {minute(rekey.closes, moment)}, else {end}"


def minute(at: int, moment: Moment) -> str:
    """Return an instant without seconds, because a forecast is not that precise."""
    return _SECONDS.sub(r"\1", moment(at))
