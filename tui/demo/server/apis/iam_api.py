"""IAM SimulatePrincipalPolicy: whether the policies of a user or role allow the given actions."""

from collections.abc import Mapping
from typing import Final

from tui.demo.server.account import Account
from tui.demo.server.errors import ApiError
from tui.demo.server.fault_injector import FaultInjector
from tui.demo.server.xml import Value, element

VERSION: Final = "2010-05-08"
_NAMESPACE: Final = f"https://iam.amazonaws.com/doc/{VERSION}/"


def call_iam(action: str, query: Mapping[str, str], account: Account, injector: FaultInjector, request_id: str) -> str:
    """Return the XML answer to one call; raises ApiError as IAM would.

    The policies allow everything except what a fault denies.
    """
    if action != "SimulatePrincipalPolicy":
        raise ApiError("InvalidAction", f"Could not find operation {action} for version {VERSION}")
    if injector.is_denied(f"iam:{action}"):
        raise ApiError(
            "AccessDenied",
            f"User: {account.user_arn} is not authorized to perform: iam:{action} on resource: {account.user_arn} "
            f"because no identity-based policy allows the iam:{action} action",
            status=403,
        )
    if query.get("PolicySourceArn") != account.principal_arn:
        raise ApiError("NoSuchEntity", f"{query.get('PolicySourceArn', '')} does not exist.", status=404)
    results: list[Value] = [
        {
            "EvalActionName": name,
            "EvalResourceName": "*",
            "EvalDecision": "implicitDeny" if injector.is_denied(name) else "allowed",
        }
        for name in _members(query, "ActionNames")
    ]
    body: Value = {
        f"{action}Result": {"IsTruncated": False, "EvaluationResults": results},
        "ResponseMetadata": {"RequestId": request_id},
    }
    return element(f"{action}Response", body, member="member").replace(">", f' xmlns="{_NAMESPACE}">', 1)


def _members(query: Mapping[str, str], name: str) -> list[str]:
    members: list[str] = []
    while (value := query.get(f"{name}.member.{len(members) + 1}")) is not None:
        members.append(value)
    return members
