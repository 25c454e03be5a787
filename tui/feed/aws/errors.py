"""The exceptions of this layer: `FeedError`, which every failed call raises, and those it is made from."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tui.domain.feed_state import ErrorKind

log = logging.getLogger("tunnelwatch.feed.aws.errors")


class CredentialsError(Exception):
    """A credential provider returned something other than credentials."""


class SettingsError(Exception):
    """An unusable setting. The text names the setting, its file or variable, and the fault."""


class RedirectError(Exception):
    """An answer that redirects the request. AWS's APIs never do; the signed request must not follow."""


class WebPageError(Exception):
    """A web page in place of an answer. The text gives its status and title."""


class FeedError(Exception):
    """An AWS error as one line for the user, without secrets. `detail` is added in the debug log."""

    def __init__(self, message: str, kind: ErrorKind = ErrorKind.REFUSED, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.detail = detail


# What a library raises when it reads unchecked external data (an answer, a config file, a helper's output).
_MISREADING = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


@contextmanager
def misread_as(error_class: type[Exception], text: str = "") -> Iterator[None]:
    """Raise `error_class` if a library fails on data it did not check; our own faults pass through.

    The innermost frame shows whose fault it is. The library's message may quote the data, so only its type and location
    go into the debug log.
    """
    try:
        yield
    except _MISREADING as error:
        from botocore.exceptions import BotoCoreError

        # Some of botocore's own errors are ValueErrors, too, and have a message of their own.
        if isinstance(error, BotoCoreError) or not _is_raised_in_library(error):
            raise
        log.info("data that a library could not read", exc_info=error)
        raise error_class(text) from None


def _is_raised_in_library(error: BaseException) -> bool:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame is not None and not str(frame.tb_frame.f_globals.get("__name__", "")).startswith("tui.")
