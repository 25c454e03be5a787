"""The undocumented parts of Textual that the app uses; checked against 8.2.8.

Besides these, `driver.py` derives from the undocumented `textual.drivers.linux_driver.LinuxDriver` and handles the
answers to the question that this module asks about synchronized output, `key_reader.py` feeds Textual's parser of keys,
and `app.tcss` hides the palette's `SearchIcon`. Each use has a test that fails when Textual changes it: in
`tests/app/test_textual_internals.py` and `tests/terminal`.
"""

from textual._styles_cache import StylesCache
from textual.app import App


def forget_drawn() -> None:
    """Free what removed widgets have drawn: Textual keeps it for the last thousand, 5 MB (its issue 6665)."""
    if clear := getattr(StylesCache.get_inner_outer, "cache_clear", None):  # a version that mends it has none
        clear()


class QuietApp(App[int]):
    """An app that ends quietly after an internal error: Textual would print a traceback with every local variable."""

    @property
    def unhandled(self) -> Exception | None:
        """The error that ended the app, if any, to be raised by whoever runs the app."""
        return self._exception

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()
