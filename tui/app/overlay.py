"""A screen over the main one that is left once, and by itself."""

from typing import TypeVar

from textual.screen import ModalScreen

Result = TypeVar("Result")


class Overlay(ModalScreen[Result]):
    """A modal screen that leaves at most once.

    Textual's `dismiss` removes whatever screen is on top. Keys that come in one bunch reach a screen that is already
    going: a second `dismiss` would take away the board below, a third one ends the program.
    """

    _is_left = False

    def leave(self, result: Result | None = None) -> None:
        """Go back to the screen below with this result; nothing where that has begun already."""
        if self.is_active and not self._is_left:
            self._is_left = True
            self.dismiss(result)
