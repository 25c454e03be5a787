"""What a key needs to mask a run that began without a mask."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tui.domain.masking.mask import Mask


class MaskKey(NamedTuple):
    """What makes the mask, once it is wanted, and what the header says while it hides everything."""

    make: "Callable[[], Mask]"
    scope: str
