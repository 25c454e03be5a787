"""What the masking key needs in a run that began without a mask."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tui.domain.masking.mask import Mask


class MaskKey(NamedTuple):
    """Makes the mask when it is first wanted, and holds the header's text while everything is masked."""

    make: "Callable[[], Mask]"
    scope: str
