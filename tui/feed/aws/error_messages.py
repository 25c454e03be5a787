"""An AWS error as one plain line: what was tried, on what, what went wrong, what to do next.

The line contains no secret and no control character, and does not promise a retry, since a command that reads once does
not retry.
"""

import re
from functools import cache
from typing import Any, Final

from tui.domain.feed_state import ErrorKind
from tui.domain.text import clean
from tui.feed.aws.denials import reason_of_denial, remedy_of_denial
from tui.feed.aws.error_kinds import answered, classify, is_bare_status
from tui.feed.aws.errors import CredentialsError, FeedError, RedirectError, SettingsError, WebPageError
from tui.feed.aws.sessions.web_page import described
from tui.feed.aws.target import AwsTarget

_LONGEST: Final = 240

_BY_KIND: Final[dict[ErrorKind, str]] = {
    ErrorKind.CREDENTIALS: "AWS did not accept the credentials{profile} for {action}: {reason}. Check or renew them.",
    ErrorKind.EXPIRED: "The AWS credentials{profile} have expired. Renew them.",
    ErrorKind.SETTINGS: "The AWS settings{profile} cannot be used: {reason}. Fix them, or give --profile and --region.",
    ErrorKind.SELECTOR: "Nothing in {target} was selected: {reason}.",
    ErrorKind.DENIED: "Access denied: {action}{on} in {target}{denial}. {remedy}",
    ErrorKind.MISSING: "{Resource} was not found in {target}. Check the name, the region and the account.",
    ErrorKind.LIMIT: "All Live Tail sessions of the account in {target} are in use (15 at most). Close an "
    "idle session.",
    ErrorKind.UNSUPPORTED: "Live Tail does not support {resource} in {target}: it needs the Standard log class.",
    ErrorKind.THROTTLED: "AWS limits the rate of {action} in {target}; another reader may be using the quota.",
    ErrorKind.UNREACHABLE: "{Host} could not be reached{profile} for {action}: {reason}. Check network, proxy and "
    "region.",
    ErrorKind.SERVER: "AWS could not answer {action} in {target}: {reason}. Usually temporary.",
    ErrorKind.BROKEN: "The answer to {action} broke off: {reason}.",
    ErrorKind.REFUSED: "AWS refused {action}{on} in {target}: {reason}.",
}

_SIGN_IN_ENDED: Final = "The AWS sign-in{profile} has ended. Run `aws sso login{option}`."
_CLOCK_SKEWED: Final = "This machine's clock is too far from AWS's for signed requests{profile}. Set the clock (NTP)."

_UNNAMED: Final = (
    "The answer to {action} in {target} is an error, but not in AWS's form: HTTP {reason}. A proxy, or a server that "
    "is not AWS, may have answered."
)

_ROLE_REFUSED: Final = (
    "The role {role} may not be assumed{profile}. Check that its trust policy names this caller, that the external id "
    "is the one that it asks for, and that the caller may call sts:AssumeRole."
)
_ROLE: Final = re.compile(r"arn:[\w-]+:iam::\d*:role/[\w+=,.@/-]+")

_BY_CODE: Final[dict[str, str]] = {
    **dict.fromkeys(("UnauthorizedException", "InvalidGrantException"), _SIGN_IN_ENDED),
    "RequestTimeTooSkewed": _CLOCK_SKEWED,
    "SessionTimeoutException": "The Live Tail session reached its maximum duration of three hours.",
}
"""More precise than the kind, by the answer's code."""

_BY_ACTION: Final[dict[tuple[str, str], str]] = {
    ("logs:StartQuery", "LimitExceededException"): "All queries that the account may run at once in {target} are "
    "running (100, those of dashboards among them). Try again later.",
}
"""More precise still, by action and code."""


@cache
def _by_class() -> dict[type[BaseException], str]:
    """Return the messages more precise than the kind, by exception class; the closest ancestor decides."""
    from botocore import exceptions  # 0.1 s, already paid by the call that failed

    return {
        exceptions.NoCredentialsError: "No AWS credentials were found{profile}. Run `aws configure` or "
        "`aws sso login{option}`.",
        exceptions.PartialCredentialsError: "The AWS credentials{profile} are incomplete: {reason}. Complete them with "
        "`aws configure`.",
        exceptions.ProfileNotFound: "The profile {profile_name} was not found in any AWS config file. "
        "`aws configure list-profiles` lists the profiles.",
        exceptions.CredentialRetrievalError: "The credential provider {reason}{profile} returned no credentials. Check "
        "it.",
        exceptions.NoRegionError: "No AWS region is set{profile}. Give --region, set AWS_REGION, or run "
        "`aws configure`.",
        exceptions.InvalidRegionError: "AWS has no region named {region}{profile}. Check --region and the profile.",
        exceptions.SSLError: "The TLS connection to {host} failed{profile} for {action}: {reason}. Check network, "
        "proxy and AWS_CA_BUNDLE.",
        **dict.fromkeys(
            (
                exceptions.NoAuthTokenError,
                exceptions.TokenRetrievalError,
                exceptions.SSOError,
                exceptions.LoginError,
            ),
            _SIGN_IN_ENDED,
        ),
        CredentialsError: "The credential provider{profile} returned no valid credentials. Check the helper or the "
        "file.",
        SettingsError: "The AWS settings{profile} cannot be used: {reason}.",
        RedirectError: "The answer to {action} in {target} is a redirect, which AWS never sends. A proxy or a sign-in "
        "page may be in the way.",
        WebPageError: "What came in the place of an answer to {action} in {target} is not from AWS: {reason}. A proxy "
        "or a sign-in page may be in the way.",
    }


_SKEWED: Final = re.compile(r"signature (not yet current|expired)", re.IGNORECASE)

_SECRETS: Final = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{8,}"  # access key ids
    r"|(?<=://)[^/\s]+@"  # the user part of a URL
    r"|(?<=[\w/])\?[^\s\"']+"  # the query of a URL
    r"|\b[A-Za-z0-9+/_=-]{40,}"  # secret keys, session tokens, encoded authorization messages
)


def to_feed_error(error: BaseException, target: AwsTarget, action: str, resource: str = "") -> FeedError:
    """Return the FeedError for an exception of a call; `action` and `resource` are as in `explain_failure`."""
    return FeedError(explain_failure(error, target, action, resource), classify(error), type(error).__name__)


def explain_failure(error: BaseException, target: AwsTarget, action: str, resource: str = "") -> str:
    """Return one line that says what was tried, what went wrong and what to do next.

    `action` is an IAM name (`logs:FilterLogEvents`), `resource` its object ("log group /vpn/prod").
    """
    if _is_of_role(error):
        action, resource = "sts:AssumeRole", ""
    resource = clean(resource)
    message = _message(error)
    role = _ROLE.search(message)
    words = {
        "action": action,
        "resource": resource or "the requested resource",
        "Resource": (resource[:1].upper() + resource[1:]) or "The requested resource",
        "on": f" on {resource}" if resource else "",
        "target": target.description,
        "profile": target.profile_suffix,
        "option": f" --profile {clean(target.profile)}" if target.profile else "",
        "profile_name": clean(str(getattr(error, "kwargs", {}).get("profile") or target.profile or "")),
        "region": clean(target.region or ""),
        "host": target.host if target.endpoint_url else f"AWS in {clean(target.region or 'the given region')}",
        "role": role[0] if role else clean(target.role_arn or "of this site"),
        "denial": reason_of_denial(message),
        "remedy": remedy_of_denial(message, action),
        "reason": _reason(error, message),
    }
    words["Host"] = words["host"]
    return _template(error, action).format(**words)


def _is_of_role(error: BaseException) -> bool:
    """Whether the failed call was the one that assumes a role for ours, rather than ours."""
    return getattr(error, "operation_name", "") == "AssumeRole"


def _template(error: BaseException, action: str) -> str:
    code, status = answered(error)
    if _is_of_role(error) and classify(error) is ErrorKind.DENIED:
        return _ROLE_REFUSED
    if (action, code) in _BY_ACTION:
        return _BY_ACTION[action, code]
    if code in _BY_CODE:
        return _BY_CODE[code]
    if not code:
        templates = _by_class()
        for base in type(error).__mro__:
            if base in templates:
                return templates[base]
    kind = classify(error)
    if is_bare_status(code) and status < 500 and kind is ErrorKind.SERVER:
        return _UNNAMED
    if kind is ErrorKind.CREDENTIALS and _SKEWED.search(str(error)):
        return _CLOCK_SKEWED
    return _BY_KIND[kind]


def _message(error: BaseException) -> str:
    """Return the sanitised message of an answer from AWS; empty if there is none."""
    response = getattr(error, "response", None)
    body = response.get("Error") if isinstance(response, dict) else None
    message = (body.get("Message") or body.get("message")) if isinstance(body, dict) else None
    text = str(message)[:4_000] if message else ""
    return described(text) or " ".join(clean(text).split())


def _reason(error: BaseException, message: str) -> str:
    code, _ = answered(error)
    text = f"{code}: {message or 'no message'}" if code else _words(error) or type(error).__name__
    text = _SECRETS.sub("…", " ".join(clean(text[:4_000]).split())).rstrip(" .")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _words(error: BaseException) -> str:
    """Return the text of an exception, or nothing if it may quote data.

    An answer may contain keys, and a credential helper may print anything. The texts of botocore and of the operating
    system are their own, except where they pass on another library's.
    """
    from botocore import exceptions, parsers

    arguments: dict[str, Any] = getattr(error, "kwargs", {})
    if isinstance(error, parsers.ResponseParserError):
        return "the answer is not in the form of AWS's answers"
    if isinstance(error, exceptions.CredentialRetrievalError):
        return str(arguments["provider"])
    if isinstance(error, SettingsError | WebPageError | OSError):
        return str(error)
    if not isinstance(error, exceptions.BotoCoreError):
        return ""
    if isinstance(passed_on := arguments.get("error"), Exception) and not isinstance(passed_on, OSError):
        return error.fmt.format(**arguments | {"error": type(passed_on).__name__})
    return str(error)
