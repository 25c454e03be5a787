"""STS GetCallerIdentity: the identity of the caller."""

from typing import Final

from tui.demo.server.account import Account
from tui.demo.server.errors import ApiError
from tui.demo.server.xml import element

VERSION: Final = "2011-06-15"
_NAMESPACE: Final = f"https://sts.amazonaws.com/doc/{VERSION}/"


def call_sts(action: str, account: Account, request_id: str) -> str:
    """Return the XML answer to one call; raises ApiError where STS would refuse it."""
    if action != "GetCallerIdentity":
        raise ApiError("InvalidAction", f"Could not find operation {action} for version {VERSION}")
    body = {
        "GetCallerIdentityResult": {"Arn": account.user_arn, "UserId": "AIDADEMODEMODEMODEMO1", "Account": account.id},
        "ResponseMetadata": {"RequestId": request_id},
    }
    return element("GetCallerIdentityResponse", body).replace(">", f' xmlns="{_NAMESPACE}">', 1)
