"""What went wrong with AWS, in one plain line: what was tried, on what, what to do next."""

import re
from typing import Final

from tui.domain.feed_state import ErrorKind
from tui.domain.text import clean
from tui.feed.aws.target import AwsTarget

_LONGEST: Final = 240


class CredentialsError(Exception):
    """What gives the credentials gave something else."""


class FeedError(Exception):
    """Trouble with AWS as one line for the reader, without secrets. `detail` is what a debug log adds."""

    def __init__(self, message: str, trouble: ErrorKind = ErrorKind.REFUSED, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.trouble = trouble
        self.detail = detail


_BY_CODE: Final[dict[str, ErrorKind]] = {
    **dict.fromkeys(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "TokenRefreshRequired",
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
            "UnauthorizedException",
            "InvalidGrantException",
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
    "LimitExceededException": ErrorKind.LIMIT,
    "InvalidOperationException": ErrorKind.UNSUPPORTED,
}

# By the name of the exception's class or of any of its bases, so that nothing is imported for it. The first match on
# the way up the bases counts.
_BY_CLASS: Final[dict[str, ErrorKind]] = {
    **dict.fromkeys(
        (
            "NoCredentialsError",
            "PartialCredentialsError",
            "CredentialRetrievalError",
            "NoAuthTokenError",
            "TokenRetrievalError",
            "SSOError",
            "MetadataRetrievalError",
            "RefreshWithMFAUnsupportedError",
            "CredentialsError",
            "LoginError",
        ),
        ErrorKind.CREDENTIALS,
    ),
    **dict.fromkeys(
        (
            "ProfileNotFound",
            "NoRegionError",
            "InvalidRegionError",
            "ConfigParseError",
            "ConfigNotFound",
            "InvalidConfigError",
            "UnknownEndpointError",
            "UnknownRegionError",
            "EndpointProviderError",
            "EndpointResolutionError",
            "InvalidEndpointConfigurationError",
        ),
        ErrorKind.SETTINGS,
    ),
    **dict.fromkeys(("ParserError", "ResponseStreamingError", "ClientPayloadError"), ErrorKind.BROKEN),
    **dict.fromkeys(
        ("ConnectionError", "HTTPClientError", "ClientError", "OSError", "TimeoutError"), ErrorKind.UNREACHABLE
    ),
    **dict.fromkeys(("ParamValidationError", "ValidationError"), ErrorKind.REFUSED),
    **dict.fromkeys(("ResponseParserError", "RecursionError"), ErrorKind.SERVER),
}

_SENTENCES: Final[dict[ErrorKind | str, str]] = {
    ErrorKind.CREDENTIALS: "AWS did not accept the credentials{who} for {action}: {said}. Check or renew them.",
    ErrorKind.SETTINGS: "The AWS settings{who} cannot be used: {said}. Mend them, or give --profile and --region.",
    ErrorKind.DENIED: "Access denied: {action}{on} in {place}. Allow this action; `tunnelwatch policy` prints all.",
    ErrorKind.MISSING: "{Resource} was not found in {place}. Check the name, the region and the account.",
    ErrorKind.LIMIT: "The account's Live Tail sessions in {place} are all taken (15 at most). Close one that is idle.",
    ErrorKind.UNSUPPORTED: "Live Tail cannot follow {resource} in {place}: it wants the Standard log class.",
    ErrorKind.THROTTLED: "AWS limits the rate of {action} in {place}. Going slower; another reader may use the quota.",
    ErrorKind.UNREACHABLE: "{Host} could not be reached{who} for {action}: {said}. Check network, proxy and region.",
    ErrorKind.SERVER: "AWS could not answer {action} in {place}: {said}. Trying again helps as a rule.",
    ErrorKind.BROKEN: "The answer to {action} broke off: {said}. It is asked again.",
    ErrorKind.REFUSED: "AWS refused {action}{on} in {place}: {said}.",
    # What a code or a class tells beyond its kind.
    "NoCredentialsError": "No AWS credentials were found{who}. Run `aws configure` or `aws sso login{profile}`.",
    "PartialCredentialsError": "The AWS credentials{who} are incomplete: {said}. Complete them with `aws configure`.",
    "ProfileNotFound": "The profile{name} is in no AWS config file. `aws configure list-profiles` names those there.",
    "CredentialsError": "What gives the AWS credentials{who} gave none that serve. Check the helper or the file.",
    "CredentialRetrievalError": "No AWS credentials{who} came from {said}. Mend it; watching resumes by itself.",
    "NoRegionError": "No AWS region is set{who}. Give --region, set AWS_REGION, or run `aws configure`.",
    "SessionTimeoutException": "The Live Tail session reached its longest time. A new one is started.",
    "InvalidRegionError": "The region {region} is not one that AWS knows{who}. Check --region and the profile.",
    "LogIn": "The AWS sign-in{who} has ended. Run `aws sso login{profile}`; watching resumes by itself.",
    "Expired": "The AWS credentials{who} have expired. Renew them; watching resumes by itself.",
    "Clock": "This machine's clock is too far from AWS's for signed requests{who}. Set the clock (NTP).",
}
_SAME_AS: Final = {
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"), "Expired"),
    **dict.fromkeys(
        (
            "NoAuthTokenError",
            "TokenRetrievalError",
            "SSOError",
            "UnauthorizedException",
            "InvalidGrantException",
            "LoginError",
        ),
        "LogIn",
    ),
    "RequestTimeTooSkewed": "Clock",
}
_SKEWED: Final = re.compile(r"signature (not yet current|expired)", re.IGNORECASE)

# What these say quotes what was being read: answers of EC2 that hold pre-shared keys, whatever a helper printed.
_FIXED: Final = {
    "ResponseParserError": "what came is not in the form of AWS's answers",
    "CredentialRetrievalError": "{provider}",
}
_SECRETS: Final = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{8,}"  # access key ids
    r"|(?<=://)[^/\s]+@"  # the user part of a URL
    r"|(?<=[\w/])\?[^\s\"']+"  # the query of a URL
    r"|\b[A-Za-z0-9+/_=-]{40,}"  # secret keys, session tokens, encoded authorization messages
)


def classify(error: BaseException) -> ErrorKind:
    """Return what kind of trouble an exception from an AWS call is."""
    code, status = _answered(error)
    if code:
        if code in _BY_CODE:
            return _BY_CODE[code]
        return ErrorKind.SERVER if status >= 500 else ErrorKind.REFUSED
    for base in type(error).__mro__:
        if base.__name__ in _BY_CLASS:
            return _BY_CLASS[base.__name__]
    return ErrorKind.REFUSED


def explain_failure(error: BaseException, where: AwsTarget, action: str, resource: str = "") -> str:
    """Return one line that says what was tried, what went wrong and what to do next.

    `action` is an IAM name (`logs:FilterLogEvents`), `resource` what it was tried on ("log group /vpn/prod"). Never
    in it: secrets, control characters, line ends.
    """
    resource = clean(resource)
    words = {
        "action": action,
        "resource": resource or "what was asked for",
        "Resource": (resource[:1].upper() + resource[1:]) or "What was asked for",
        "on": f" on {resource}" if resource else "",
        "place": where.place,
        "who": where.who,
        "profile": f" --profile {clean(where.profile)}" if where.profile else "",
        "name": f" {clean(where.profile)}" if where.profile else "",
        "region": clean(where.region or ""),
        "Host": where.host if where.endpoint_url else f"AWS in {clean(where.region or 'the given region')}",
        "said": _said(error),
    }
    return _SENTENCES[_sentence(error)].format(**words)


def failed(error: BaseException, where: AwsTarget, action: str, resource: str = "") -> FeedError:
    """Return the exception with which a failed call leaves the feed's lowest layer."""
    return FeedError(explain_failure(error, where, action, resource), classify(error), type(error).__name__)


def _sentence(error: BaseException) -> ErrorKind | str:
    code, _ = _answered(error)
    for name in (code,) if code else (base.__name__ for base in type(error).__mro__):
        if name in _SAME_AS or name in _SENTENCES:
            return _SAME_AS.get(name, name)
    trouble = classify(error)
    if trouble is ErrorKind.CREDENTIALS and _SKEWED.search(str(error)):
        return "Clock"
    return trouble


def _answered(error: BaseException) -> tuple[str, int]:
    """Return the error code and status of an answer from AWS; an empty code where none came."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return "", 0
    body, meta = response.get("Error"), response.get("ResponseMetadata")
    code = body.get("Code") if isinstance(body, dict) else None
    status = meta.get("HTTPStatusCode") if isinstance(meta, dict) else None
    return str(code or "an unnamed error"), status if isinstance(status, int) else 0


def _said(error: BaseException) -> str:
    code, _ = _answered(error)
    if code:
        body = error.response["Error"] if isinstance(error.response.get("Error"), dict) else {}  # type: ignore[attr-defined]  # _answered has seen it
        text = f"{code}: {body.get('Message') or body.get('message') or 'no more was said'}"
    else:
        text = _words(error) or type(error).__name__
    text = _SECRETS.sub("…", " ".join(clean(text[:4_000]).split())).rstrip(" .")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _words(error: BaseException) -> str:
    """Return what an exception says, or nothing where that may quote what was read.

    The words of botocore and of the operating system are their own, but for another library's that they pass on.
    """
    for base in type(error).__mro__:
        if base.__name__ in _FIXED:
            return _FIXED[base.__name__].format_map(getattr(error, "kwargs", {}))
    if not isinstance(error, OSError) and not type(error).__module__.startswith(("botocore.", "aiobotocore.")):
        return ""
    given = getattr(error, "kwargs", {})
    if isinstance(passed_on := given.get("error"), Exception) and not isinstance(passed_on, OSError):
        template: str = error.fmt  # type: ignore[attr-defined]  # whatever has these arguments is a BotoCoreError
        return template.format(**given | {"error": type(passed_on).__name__})
    return str(error)
