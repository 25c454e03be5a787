"""Errors from AWS as one clear line: what was tried, on which resource, what to do next."""

import json
import re
import unicodedata

import pytest
from botocore import exceptions as botocore
from botocore.parsers import ResponseParserError
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.feed_state import ErrorKind
from tui.domain.text import clean
from tui.feed.aws.error_kinds import classify
from tui.feed.aws.error_messages import explain_failure, to_feed_error
from tui.feed.aws.errors import SettingsError, misread_as
from tui.feed.aws.target import AwsTarget

WHERE = AwsTarget(profile="prod", region="eu-west-1")
GROUP = "log group /vpn/prod"


def answered(code: str, message: str = "", *, status: int = 400) -> botocore.ClientError:
    return botocore.ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "RequestId": "",
                "HostId": "",
                "HTTPStatusCode": status,
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        "FilterLogEvents",
    )


CASES = [
    (botocore.NoCredentialsError(), ErrorKind.CREDENTIALS, "aws sso login --profile prod"),
    (botocore.PartialCredentialsError(provider="env", cred_var="secret"), ErrorKind.CREDENTIALS, "incomplete"),
    (botocore.UnauthorizedSSOTokenError(), ErrorKind.EXPIRED, "aws sso login --profile prod"),
    (botocore.TokenRetrievalError(provider="sso", error_msg="x"), ErrorKind.EXPIRED, "aws sso login"),
    (botocore.ProfileNotFound(profile="prod"), ErrorKind.SETTINGS, "aws configure list-profiles"),
    (botocore.NoRegionError(), ErrorKind.SETTINGS, "--region"),
    (botocore.InvalidRegionError(region_name="x y"), ErrorKind.SETTINGS, "--region"),
    (botocore.ConfigParseError(path="/config", error="bad"), ErrorKind.SETTINGS, "/config"),
    (botocore.EndpointConnectionError(endpoint_url="https://logs.x/"), ErrorKind.UNREACHABLE, "could not be reached"),
    (botocore.ConnectTimeoutError(endpoint_url="https://logs.x/"), ErrorKind.UNREACHABLE, "could not be reached"),
    (botocore.ReadTimeoutError(endpoint_url="https://logs.x/"), ErrorKind.UNREACHABLE, "could not be reached"),
    (botocore.SSLError(endpoint_url="https://x/", error=OSError("bad")), ErrorKind.UNREACHABLE, "AWS_CA_BUNDLE"),
    (ConnectionResetError("reset"), ErrorKind.UNREACHABLE, "could not be reached"),
    (TimeoutError(), ErrorKind.UNREACHABLE, "could not be reached"),
    (answered("ExpiredTokenException"), ErrorKind.EXPIRED, "expired"),
    (answered("RequestExpired"), ErrorKind.EXPIRED, "expired"),
    (answered("UnrecognizedClientException", "The security token is invalid"), ErrorKind.CREDENTIALS, "did not accept"),
    (answered("AuthFailure"), ErrorKind.CREDENTIALS, "did not accept"),
    (answered("InvalidSignatureException", "Signature not yet current"), ErrorKind.CREDENTIALS, "clock"),
    (answered("AccessDeniedException"), ErrorKind.DENIED, "logs:FilterLogEvents on log group /vpn/prod"),
    (answered("UnauthorizedOperation", status=403), ErrorKind.DENIED, "logs:FilterLogEvents on log group /vpn/prod"),
    (answered("ResourceNotFoundException"), ErrorKind.MISSING, "Log group /vpn/prod was not found in eu-west-1"),
    (answered("ThrottlingException"), ErrorKind.THROTTLED, "limits the rate"),
    (answered("RequestLimitExceeded", status=503), ErrorKind.THROTTLED, "limits the rate"),
    (answered("LimitExceededException"), ErrorKind.LIMIT, "15"),
    (answered("InvalidOperationException"), ErrorKind.UNSUPPORTED, "Standard"),
    (answered("SessionTimeoutException"), ErrorKind.BROKEN, "three hours"),
    (answered("InternalFailure", status=500), ErrorKind.SERVER, "InternalFailure"),
    (answered("SomethingNew", "went wrong", status=502), ErrorKind.SERVER, "went wrong"),
    (answered("429", "Too many", status=429), ErrorKind.THROTTLED, "limits the rate"),
    (
        answered("404", "no such page", status=404),
        ErrorKind.SERVER,
        "not in AWS's form: HTTP 404: no such page",
    ),
    (answered("503", "", status=503), ErrorKind.SERVER, "Usually temporary"),
    (answered("InvalidParameterException", "startTime is bad"), ErrorKind.REFUSED, "startTime is bad"),
    (botocore.EventStreamError({"Error": {"Code": "SessionStreamingException"}}, "S"), ErrorKind.BROKEN, "broke off"),
    (ValueError("odd"), ErrorKind.REFUSED, "ValueError"),
]


@pytest.mark.parametrize(("error", "trouble", "part"), CASES, ids=lambda case: repr(case)[:50])
def test_each_failure_is_told_in_one_line_with_what_to_do(error: Exception, trouble: ErrorKind, part: str) -> None:
    line = explain_failure(error, WHERE, "logs:FilterLogEvents", GROUP)
    assert classify(error) is trouble
    assert part in line
    assert "prod" in line or trouble is ErrorKind.BROKEN
    assert "\n" not in line
    assert len(line) < 500


@pytest.mark.parametrize(
    "secret",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "FwoGZXIvYXdzEJr//////////wEaDExampleExampleExampleExampleExample",
    ],
)
def test_no_key_and_no_token_gets_into_the_line(secret: str) -> None:
    line = explain_failure(answered("SomeException", f"The key {secret} is bad"), WHERE, "logs:FilterLogEvents")
    assert secret not in line


def test_the_password_in_an_endpoint_is_not_repeated() -> None:
    url = "http://user:hunter2@127.0.0.1:4566"
    where = AwsTarget(region="eu-west-1", endpoint_url=url)
    error = botocore.EndpointConnectionError(endpoint_url=url)
    line = explain_failure(error, where, "logs:FilterLogEvents")
    assert "127.0.0.1:4566" in line
    assert "hunter2" not in line


DENIED = "User: arn:aws:iam::123456789012:user/me is not authorized to perform: logs:FilterLogEvents on resource: x "


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        ("with an explicit deny in a service control policy", "organization (SCP)"),
        ("because no service control policy allows the logs:FilterLogEvents action", "organization (SCP)"),
        ("with an explicit deny in a resource control policy", "organization (RCP)"),
        (
            "because no permissions boundary allows the logs:FilterLogEvents action",
            "Allow logs:FilterLogEvents in the permissions boundary",
        ),
        (
            "with an explicit deny in a session policy",
            "Remove the deny of logs:FilterLogEvents from the session policy",
        ),
        ("because no VPC endpoint policy allows the logs:FilterLogEvents action", "VPC endpoint"),
        (
            "because no resource-based policy allows the kms:Decrypt action",
            "Allow kms:Decrypt in the policy of the KMS key",
        ),
        ("with an explicit deny in a resource-based policy", "the resource itself"),
        ("because no identity-based policy allows the logs:FilterLogEvents action", "`tunnelwatch policy`"),
        (
            "with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/p",
            "Remove the deny of logs:FilterLogEvents from a policy of this user or role.",
        ),
    ],
)
def test_the_reason_of_a_denial_is_kept_and_shown_with_what_it_means(reason: str, meaning: str) -> None:
    line = explain_failure(answered("AccessDeniedException", DENIED + reason), WHERE, "logs:FilterLogEvents", GROUP)
    assert reason.partition(": arn:")[0] in line
    assert meaning in line
    assert "logs:FilterLogEvents on log group /vpn/prod" in line


def test_a_denial_without_a_reason_names_the_action_to_allow() -> None:
    line = explain_failure(answered("AccessDeniedException", "no"), WHERE, "logs:FilterLogEvents")
    assert line.endswith("Allow logs:FilterLogEvents; `tunnelwatch policy` prints all that is needed.")


@pytest.mark.parametrize(("error", "_kind", "_part"), CASES, ids=lambda case: repr(case)[:50])
def test_no_message_promises_that_it_is_tried_again_which_a_single_read_does_not(
    error: Exception, _kind: ErrorKind, _part: str
) -> None:
    failure = to_feed_error(error, WHERE, "logs:FilterLogEvents", GROUP)
    assert not re.search(r"resume|retry|again|restart", failure.message, re.IGNORECASE)


def test_only_what_a_library_stumbles_over_is_laid_to_the_data() -> None:
    with pytest.raises(SettingsError, match="bad file"), misread_as(SettingsError, "bad file"):
        json.loads("{")
    with pytest.raises(AttributeError), misread_as(SettingsError):
        clean(7)  # type: ignore[arg-type]  # that is the fault


MARK = "Key.that.was.read"


@pytest.mark.parametrize(
    "error",
    [
        ResponseParserError(f"Unable to parse response (no element found), invalid XML received:\nb'<k>{MARK}</k>'"),
        botocore.CredentialRetrievalError(provider="custom-process", error_msg=f"stderr: {MARK}"),
        botocore.HTTPClientError(error=ValueError(f"Invalid header: {MARK}")),
        botocore.ResponseStreamingError(error=ValueError(f"bad chunk: {MARK}")),
        botocore.EndpointConnectionError(endpoint_url=f"https://sso.x/token?code={MARK}"),
        botocore.EndpointConnectionError(endpoint_url=f"https://user:p@{MARK}@sso.x/"),
        ValueError(f"Unknown string format: {MARK}"),
        json.JSONDecodeError("Expecting value", MARK, 0),
    ],
    ids=lambda error: type(error).__name__,
)
def test_nothing_that_was_being_read_gets_into_the_line(error: Exception) -> None:
    assert MARK not in explain_failure(error, WHERE, "ec2:DescribeVpnConnections")


def test_the_helper_that_gave_no_credentials_is_named() -> None:
    error = botocore.CredentialRetrievalError(provider="custom-process", error_msg="no")
    line = explain_failure(error, WHERE, "logs:FilterLogEvents")
    assert "custom-process" in line
    assert "did not accept" not in line


def test_what_the_operating_system_says_is_told() -> None:
    error = PermissionError(13, "Permission denied", "/home/me/.aws/config")
    assert "Permission denied: '/home/me/.aws/config'" in explain_failure(error, WHERE, "reading the AWS settings")


@given(text=st.text(), code=st.text(), profile=st.none() | st.text(), resource=st.text())
def test_whatever_an_endpoint_says_the_line_is_one_and_harmless(
    text: str, code: str, profile: str | None, resource: str
) -> None:
    where = AwsTarget(profile=profile, region="eu-west-1", endpoint_url="http://[")
    line = explain_failure(answered(code, text), where, "logs:FilterLogEvents", resource)
    assert not [each for each in line if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


class OddError(Exception):
    response: object


@given(response=st.recursive(st.none() | st.integers() | st.text(), lambda deeper: st.dictionaries(st.text(), deeper)))
def test_an_error_of_any_shape_can_be_told(response: object) -> None:
    error = OddError("odd")
    error.response = {"Error": response, "ResponseMetadata": response}
    assert explain_failure(error, WHERE, "logs:FilterLogEvents")


def test_a_profile_that_the_environment_names_is_named_where_it_is_not_found() -> None:
    line = explain_failure(botocore.ProfileNotFound(profile="foo"), AwsTarget(region="eu-west-1"), "session")
    assert "profile foo was not found in any AWS config file" in line
