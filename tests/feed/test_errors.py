"""ErrorKind with AWS as one clear line: what was tried, on what, what to do next."""

import json
import unicodedata

import pytest
from botocore import exceptions as botocore
from botocore.parsers import ResponseParserError
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.feed_state import ErrorKind
from tui.feed.aws.errors import classify, explain_failure
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
    (botocore.UnauthorizedSSOTokenError(), ErrorKind.CREDENTIALS, "aws sso login --profile prod"),
    (botocore.TokenRetrievalError(provider="sso", error_msg="x"), ErrorKind.CREDENTIALS, "aws sso login"),
    (botocore.ProfileNotFound(profile="prod"), ErrorKind.SETTINGS, "aws configure list-profiles"),
    (botocore.NoRegionError(), ErrorKind.SETTINGS, "--region"),
    (botocore.InvalidRegionError(region_name="x y"), ErrorKind.SETTINGS, "--region"),
    (botocore.ConfigParseError(path="/config", error="bad"), ErrorKind.SETTINGS, "/config"),
    (botocore.EndpointConnectionError(endpoint_url="https://logs.x/"), ErrorKind.UNREACHABLE, "could not be reached"),
    (botocore.ConnectTimeoutError(endpoint_url="https://logs.x/"), ErrorKind.UNREACHABLE, "could not be reached"),
    (botocore.ReadTimeoutError(endpoint_url="https://logs.x/"), ErrorKind.UNREACHABLE, "could not be reached"),
    (botocore.SSLError(endpoint_url="https://x/", error=OSError("bad")), ErrorKind.UNREACHABLE, "could not be reached"),
    (ConnectionResetError("reset"), ErrorKind.UNREACHABLE, "could not be reached"),
    (TimeoutError(), ErrorKind.UNREACHABLE, "could not be reached"),
    (answered("ExpiredTokenException"), ErrorKind.CREDENTIALS, "expired"),
    (answered("RequestExpired"), ErrorKind.CREDENTIALS, "expired"),
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
    (answered("SessionTimeoutException"), ErrorKind.BROKEN, "new one"),
    (answered("InternalFailure", status=500), ErrorKind.SERVER, "InternalFailure"),
    (answered("SomethingNew", "went wrong", status=502), ErrorKind.SERVER, "went wrong"),
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
