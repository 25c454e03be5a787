"""Remarks on a cause from the connection's other tunnel, in words."""

from typing import Final

from tui.content.wording import Moment
from tui.domain.diagnosis.remarks import Remark, RemarkKind

_SENTENCES: Final = {
    RemarkKind.KEYS_SWAPPED: "Both tunnels refuse the key: the two tunnels' keys may be swapped.",
    RemarkKind.FELL_TOGETHER: (
        "Both tunnels went down at {at}: look at what they share, the customer's device, its power and its line."
    ),
    RemarkKind.SIBLING_UP: "The other tunnel, {sibling}, is up: {meaning}.",
}


def remark_sentence(remark: Remark, moment: Moment) -> str:
    """Return one remark as a sentence."""
    at = "" if remark.at is None else moment(remark.at)
    return _SENTENCES[remark.kind].format(at=at, sibling=remark.sibling, meaning=remark.meaning)
