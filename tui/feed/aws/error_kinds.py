"""Classifies errors from AWS and from the libraries that call it, by code or class."""

import sys
from functools import cache
from typing import Final

from tui.domain.feed_state import ErrorKind
from tui.feed.aws.errors import CredentialsError, RedirectError, SettingsError, WebPageError

_KINDS_BY_CODE: Final[dict[str, ErrorKind]] = {
    **dict.fromkeys(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "TokenRefreshRequired",
            "UnauthorizedException",  # from AWS's sign-in services, like the next one
            "InvalidGrantException",
        ),
        ErrorKind.EXPIRED,
    ),
    **dict.fromkeys(
        (
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "AuthFailure",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "RequestTimeTooSkewed",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "NotAuthorized",
        ),
        ErrorKind.CREDENTIALS,
    ),
    **dict.fromkeys(
        ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "OptInRequired", "Blocked"), ErrorKind.DENIED
    ),
    **dict.fromkeys(("ResourceNotFoundException", "ResourceNotFound"), ErrorKind.MISSING),
    **dict.fromkeys(
        (
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "TooManyRequestsException",
            "BandwidthLimitExceeded",
            "SlowDown",
        ),
        ErrorKind.THROTTLED,
    ),
    **dict.fromkeys(
        (
            "InternalFailure",
            "InternalError",
            "InternalServerError",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ),
        ErrorKind.SERVER,
    ),
    **dict.fromkeys(("SessionTimeoutException", "SessionStreamingException"), ErrorKind.BROKEN),
    "429": ErrorKind.THROTTLED,
    "LimitExceededException": ErrorKind.LIMIT,
    "InvalidOperationException": ErrorKind.UNSUPPORTED,
}


@cache
def _kinds_by_class() -> dict[type[BaseException], ErrorKind]:
    """Return the kind of each exception class and its subclasses; the closest ancestor decides."""
    # Imported here: botocore takes 0.1 s, and a caller with one of its errors has already imported it.
    from botocore import eventstream, exceptions, parsers

    return {
        **dict.fromkeys(
            (
                CredentialsError,
                exceptions.NoCredentialsError,
                exceptions.PartialCredentialsError,
                exceptions.CredentialRetrievalError,
                exceptions.MetadataRetrievalError,
                exceptions.RefreshWithMFAUnsupportedError,
            ),
            ErrorKind.CREDENTIALS,
        ),
        **dict.fromkeys(
            (
                exceptions.NoAuthTokenError,
                exceptions.TokenRetrievalError,
                exceptions.SSOError,
                exceptions.LoginError,
            ),
            ErrorKind.EXPIRED,
        ),
        **dict.fromkeys(
            (
                SettingsError,
                exceptions.ProfileNotFound,
                exceptions.InvalidRegionError,
                exceptions.ConfigParseError,
                exceptions.ConfigNotFound,
                exceptions.InvalidConfigError,
                exceptions.BaseEndpointResolverError,  # no region, an unknown endpoint
                exceptions.UnknownRegionError,
                exceptions.EndpointProviderError,
                exceptions.InvalidEndpointConfigurationError,
                exceptions.InvalidProxiesConfigError,
                exceptions.InvalidRetryConfigurationError,
                exceptions.InvalidDefaultsMode,
                exceptions.MissingDependencyException,
            ),
            ErrorKind.SETTINGS,
        ),
        **dict.fromkeys((eventstream.ParserError, exceptions.ResponseStreamingError), ErrorKind.BROKEN),
        **dict.fromkeys((exceptions.ConnectionError, exceptions.HTTPClientError, OSError), ErrorKind.UNREACHABLE),
        **dict.fromkeys((parsers.ResponseParserError, RedirectError, WebPageError), ErrorKind.SERVER),
        exceptions.BotoCoreError: ErrorKind.REFUSED,
        exceptions.ClientError: ErrorKind.REFUSED,
    }


@cache
def _kinds_by_aiohttp_class() -> dict[type[BaseException], ErrorKind]:
    import aiohttp

    return {aiohttp.ClientPayloadError: ErrorKind.BROKEN, aiohttp.ClientError: ErrorKind.UNREACHABLE}


def _kinds() -> dict[type[BaseException], ErrorKind]:
    """Return the kinds for the libraries in use: importing aiohttp just for an error would take 0.1 s."""
    return _kinds_by_class() | (_kinds_by_aiohttp_class() if "aiohttp" in sys.modules else {})


def foreign_errors() -> tuple[type[BaseException], ...]:
    """Return the exceptions of a call that are not faults of this program: those of the libraries and the system.

    Anything else, such as an AttributeError, is a fault of our own and must not be reported as AWS's.
    """
    return tuple(_kinds())


def classify(error: BaseException) -> ErrorKind:
    """Return the kind of an exception from an AWS call."""
    code, status = answered(error)
    if code:
        if code in _KINDS_BY_CODE:
            return _KINDS_BY_CODE[code]
        return ErrorKind.SERVER if status >= 500 or is_bare_status(code) else ErrorKind.REFUSED
    if isinstance(error, OSError) and error.filename is not None:  # a file named by the settings, not a socket
        return ErrorKind.SETTINGS
    kinds = _kinds()
    return next((kinds[base] for base in type(error).__mro__ if base in kinds), ErrorKind.REFUSED)


def answered(error: BaseException) -> tuple[str, int]:
    """Return the error code and HTTP status of an answer from AWS; the code is empty if there was no answer."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return "", 0
    body, meta = response.get("Error"), response.get("ResponseMetadata")
    code = body.get("Code") if isinstance(body, dict) else None
    status = meta.get("HTTPStatusCode") if isinstance(meta, dict) else None
    return str(code or "an unnamed error"), status if isinstance(status, int) else 0


def is_bare_status(code: str) -> bool:
    """Whether an error code is only the HTTP status, which botocore uses if an answer names no error.

    Every refusal of AWS's names one, so another server or a proxy gave such an answer.
    """
    return code.isdigit()
