"""The expression of a rule, compiled when a message is first held against it."""

import re
from collections.abc import Mapping
from functools import cached_property


class MessagePattern:
    """A regular expression for whole messages, case-blind. Most rules never meet a message, and compiling costs 0.1 ms.

    Raises re.error where it does not compile, when it is first used.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"MessagePattern({self.text!r})"

    @property
    def is_compiled(self) -> bool:
        """Whether it has been used."""
        return "_compiled" in self.__dict__

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.text, re.IGNORECASE | re.ASCII)

    def fullmatch(self, message: str) -> re.Match[str] | None:
        """Return how the expression fits the whole message; None where it does not."""
        return self._compiled.fullmatch(message)

    @property
    def groupindex(self) -> Mapping[str, int]:
        """The names of its groups."""
        return self._compiled.groupindex
