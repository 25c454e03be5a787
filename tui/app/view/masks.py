"""The masking of the screen, as far as the view state needs to know it."""

from typing import Protocol


class Masks(Protocol):
    """Masks all that is shown, and unmasks it."""

    is_on: bool

    def text(self, text: str) -> str:
        """Return a text with aliases if masking is on."""

    def toggle(self) -> None:
        """Mask what is shown, or unmask it."""
