"""Why AWS denied a call: which policy stands in the way, and who can change it.

Source: IAM user guide, "Troubleshoot access denied error messages", which lists the forms of AWS's sentence.
"""

import re
from typing import Final

_REASON: Final = re.compile(
    r"with an explicit deny in an? (?P<denying>[\w -]+?(?:policy|boundary))"
    r"|because no (?P<missing>[\w -]+?(?:policy|boundary)) allows the (?P<action>[\w-]+:\w+) action",
    re.IGNORECASE,
)

_WHOSE: Final[dict[str, str]] = {
    "identity-based policy": "It is a policy of this user or role: `tunnelwatch policy` prints what it has to allow.",
    "service control policy": "It belongs to the AWS organization (SCP): only its administrators can allow this.",
    "resource control policy": "It belongs to the AWS organization (RCP): only its administrators can allow this.",
    "permissions boundary": "It limits this user or role, whatever its policies allow: the boundary has to allow this.",
    "session policy": "It was passed when the role was assumed: sign in without it, or with one that allows this.",
    "vpc endpoint policy": "It belongs to the VPC endpoint that this machine calls AWS through.",
    "resource-based policy": "It belongs to the resource itself, such as the log group.",
}
_KEY_POLICY: Final = "It is the policy of the KMS key that encrypts the log group: allow this user or role kms:Decrypt."
_UNKNOWN_POLICY: Final = "Allow this action; `tunnelwatch policy` prints all."


def reason_of_denial(message: str) -> str:
    """Return the part of AWS's sentence that says why, beginning with a colon, or nothing where it does not say."""
    reason = _REASON.search(message)
    return f": {reason[0]}" if reason else ""


def remedy_of_denial(message: str) -> str:
    """Return a sentence that says whose policy it is, or what to allow where AWS does not say why."""
    reason = _REASON.search(message)
    if reason is None:
        return _UNKNOWN_POLICY
    policy = (reason["denying"] or reason["missing"]).lower()
    if (reason["action"] or "").lower().startswith("kms:"):
        return _KEY_POLICY if policy == "resource-based policy" else _WHOSE.get(policy, _UNKNOWN_POLICY)
    return _WHOSE.get(policy, _UNKNOWN_POLICY)
