"""The regular expression of a rule, compiled on first use."""

import re
from collections.abc import Mapping
from functools import cached_property


class MessagePattern:
    """A case-insensitive regular expression for whole messages. Most are never used, and compiling one costs 0.1 ms.

    An invalid expression raises re.error on first use.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"MessagePattern({self.text!r})"

    @property
    def is_compiled(self) -> bool:
        """Whether it has been compiled."""
        return "_compiled" in self.__dict__

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.text, re.IGNORECASE | re.ASCII)

    def fullmatch(self, message: str) -> re.Match[str] | None:
        """Return the match of the whole message, None if it does not match."""
        return self._compiled.fullmatch(message)

    @property
    def groupindex(self) -> Mapping[str, int]:
        """The numbers of its groups, by name."""
        return self._compiled.groupindex
