"""Why AWS denied a call: which policy prevents it, and who can change that.

Source: IAM user guide, "Troubleshoot access denied error messages", which lists the forms of AWS's sentence.
"""

import re
from typing import Final

_REASON: Final = re.compile(
    r"with an explicit deny in an? (?P<denying>[\w -]+?(?:policy|boundary))"
    r"|because no (?P<missing>[\w -]+?(?:policy|boundary)) allows the (?P<action>[\w-]+:\w+) action",
    re.IGNORECASE,
)

_PLACES: Final[dict[str, str]] = {
    "identity-based policy": "a policy of this user or role",
    "service control policy": "a policy of the AWS organization (SCP), which only its administrators can change",
    "resource control policy": "a policy of the AWS organization (RCP), which only its administrators can change",
    "permissions boundary": "the permissions boundary of this user or role",
    "session policy": "the session policy with which the role was assumed",
    "vpc endpoint policy": "the policy of the VPC endpoint that this machine calls AWS through",
    "resource-based policy": "the policy of the resource itself, such as the log group",
}
"""The location of each kind of policy, and who can change it."""
_KEY_POLICY: Final = "the policy of the KMS key that encrypts the log group"
_UNKNOWN_POLICY: Final = "Allow {action}; `tunnelwatch policy` prints all that is needed."


def reason_of_denial(message: str) -> str:
    """Return the part of AWS's sentence that gives the reason, with a leading colon; empty if there is none."""
    reason = _REASON.search(message)
    return f": {reason[0]}" if reason else ""


def remedy_of_denial(message: str, action: str) -> str:
    """Return a sentence that says what to allow and where, as far as AWS names the policy.

    It is complete by itself: where room is short, it is shown without the rest of the message.
    """
    reason = _REASON.search(message)
    policy = (reason["denying"] or reason["missing"]).lower() if reason else ""
    if reason is None or policy not in _PLACES:
        return _UNKNOWN_POLICY.format(action=action)
    action = reason["action"] or action
    is_key = policy == "resource-based policy" and action.lower().startswith("kms:")
    where = _KEY_POLICY if is_key else _PLACES[policy]
    if reason["denying"]:
        return f"Remove the deny of {action} from {where}."
    printed = "; `tunnelwatch policy` prints one" if policy == "identity-based policy" and not is_key else ""
    return f"Allow {action} in {where}{printed}."
