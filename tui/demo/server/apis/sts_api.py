"""STS: the caller's identity, and temporary keys for a role."""

from collections.abc import Mapping
from typing import Final

from tui.demo.server.account import Account
from tui.demo.server.directory import Directory
from tui.demo.server.errors import ApiError
from tui.demo.server.xml import Value, element

VERSION: Final = "2011-06-15"
_NAMESPACE: Final = f"https://sts.amazonaws.com/doc/{VERSION}/"


def call_sts(
    action: str, query: Mapping[str, str], account: Account, directory: Directory, request_id: str, *, now: int
) -> str:
    """Return the XML answer to one call by `account` at `now` (ms); raises ApiError as STS would."""
    if action == "GetCallerIdentity":
        result: Value = {"Arn": account.user_arn, "UserId": "AIDADEMODEMODEMODEMO1", "Account": account.id}
    elif action == "AssumeRole":
        result = _assumed(query, account, directory, now)
    else:
        raise ApiError("InvalidAction", f"Could not find operation {action} for version {VERSION}")
    body: Value = {f"{action}Result": result, "ResponseMetadata": {"RequestId": request_id}}
    return element(f"{action}Response", body).replace(">", f' xmlns="{_NAMESPACE}">', 1)


def _assumed(query: Mapping[str, str], caller: Account, directory: Directory, now: int) -> Value:
    role_arn, session = query.get("RoleArn", ""), query.get("RoleSessionName", "")
    if not role_arn or not session:
        missing = "roleSessionName" if role_arn else "roleArn"
        raise ApiError("ValidationError", f"Value null at '{missing}' failed to satisfy constraint: must not be null")
    keys = directory.assume(role_arn, query.get("ExternalId"), caller=caller, now=now)
    head, _, role = role_arn.partition(":role/")
    arn = f"{head.replace(':iam:', ':sts:')}:assumed-role/{role}/{session}"
    return {"Credentials": keys, "AssumedRoleUser": {"AssumedRoleId": f"AROADEMODEMODEMODEMO1:{session}", "Arn": arn}}
