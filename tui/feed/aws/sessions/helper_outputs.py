"""Passes the output of credential helpers from the first connection of a watch to the second.

Both load credentials, within a second of each other. A helper may take a while, or ask for a touch of a key, which
nobody wants to give twice.
"""

from contextvars import ContextVar
from typing import Final


class HelperOutputs:
    """The output of each helper, by its command. Each serves once: what refreshes credentials must run the helper."""

    def __init__(self) -> None:
        self._outputs: dict[tuple[str, ...], bytes] = {}

    def __repr__(self) -> str:
        return f"HelperOutputs({len(self._outputs)})"  # never the keys in them

    def keep(self, command: tuple[str, ...], output: bytes) -> None:
        """Keep what a helper wrote to stdout."""
        self._outputs[command] = output

    def take(self, command: tuple[str, ...]) -> bytes | None:
        """Return the output of a helper, and forget it; None if there is none."""
        return self._outputs.pop(command, None)

    def clear(self) -> None:
        """Forget all outputs: AWS may have refused the credentials in them."""
        self._outputs.clear()


HELPER_OUTPUTS: Final[ContextVar[HelperOutputs | None]] = ContextVar("helper outputs", default=None)
"""The outputs that botocore's session keeps in this context, and that aiobotocore's takes."""
