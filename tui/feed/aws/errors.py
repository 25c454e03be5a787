"""The exceptions of this layer: `FeedError`, with which every failed call ends, and what it is made from here."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tui.domain.feed_state import ErrorKind

log = logging.getLogger("tunnelwatch.feed.aws.errors")


class CredentialsError(Exception):
    """A credential provider returned something that is not credentials."""


class SettingsError(Exception):
    """A setting that cannot be used. The text names the setting, its file or variable, and what is wrong with it."""


class RedirectError(Exception):
    """An answer that sends the request elsewhere. AWS's APIs never do; the signed request must not follow."""


class WebPageError(Exception):
    """A web page in the place of an answer. The text says with which status it came, and its title."""


class FeedError(Exception):
    """An error from AWS as one line for the reader, without secrets. `detail` is what a debug log adds."""

    def __init__(self, message: str, kind: ErrorKind = ErrorKind.REFUSED, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.detail = detail


# What a library raises when it reads data of others (an answer, a config file, a helper's output) without checking it.
_MISREADING = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


@contextmanager
def misread_as(error_class: type[Exception], text: str = "") -> Iterator[None]:
    """Raise `error_class` where a library stumbles over data that it did not check; a fault of our own passes.

    Whose fault it is shows in the innermost frame. What the library says may quote the data, so only its type and place
    go into the debug log.
    """
    try:
        yield
    except _MISREADING as error:
        from botocore.exceptions import BotoCoreError

        # Some of botocore's own errors are ValueErrors, too; they say what is wrong themselves.
        if isinstance(error, BotoCoreError) or not _is_raised_in_library(error):
            raise
        log.info("data that a library could not read", exc_info=error)
        raise error_class(text) from None


def _is_raised_in_library(error: BaseException) -> bool:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame is not None and not str(frame.tb_frame.f_globals.get("__name__", "")).startswith("tui.")
