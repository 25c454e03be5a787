"""The caller's identity and what AWS allows it."""

import re
from collections.abc import Iterator
from typing import Final

from tui.domain.checkup.facts import Caller, Examination, Trial
from tui.domain.checkup.finding import Finding, Level
from tui.domain.feed_state import ErrorKind

_RESERVED: Final = "AWSReservedSSO_"
_OTHER_POLICIES: Final = re.compile(
    r"explicit deny|service control policy|resource control policy|permissions boundary|session policy|endpoint policy"
    r"|resource-based policy",
    re.IGNORECASE,
)


def access_findings(examined: Examination) -> Iterator[Finding]:
    """Yield the identity, each action that was denied or failed, and whether everything tried is allowed."""
    caller = examined.caller
    if caller.account:
        yield Finding("identity", Level.OK, values=_identity(caller))
    else:
        yield Finding("identity_unknown", Level.UNKNOWN)
    failed = [trial for trial in examined.trials if trial.failure is not None]
    yield from (_failed(trial, caller) for trial in failed)
    if examined.untried:
        yield Finding("access_untried", Level.UNKNOWN, values={"actions": ", ".join(examined.untried)})
    if examined.trials and not failed:
        yield Finding("access_complete", Level.OK, values={"number": str(len(examined.trials))})
    if examined.unmatched:
        yield Finding("selector_unmatched", Level.WARNING, values={"reason": examined.unmatched})


def _identity(caller: Caller) -> dict[str, str]:
    where = f"{caller.region}, profile {caller.profile}" if caller.profile else caller.region
    return {"account": caller.account, "arn": caller.arn, "where": where}


def _failed(trial: Trial, caller: Caller) -> Finding:
    assert trial.failure is not None  # noqa: S101 - only failed trials are passed
    values = {"action": trial.action, "brings": trial.brings, "reason": trial.failure.message}
    if trial.failure.kind is not ErrorKind.DENIED:
        return Finding("access_failed", Level.UNKNOWN, values=values)
    values |= policy_holder(caller) if not _OTHER_POLICIES.search(trial.failure.message) else {}
    if not trial.watches:
        return Finding("look_denied", Level.UNKNOWN, values=values)
    return Finding("access_denied", Level.STOP if trial.is_needed else Level.WARNING, values=values)


def policy_holder(caller: Caller) -> dict[str, str]:
    """Return the `role` or `user` to which an inline policy can be attached; empty if there is none.

    A role of IAM Identity Center gets its policies only from a permission set.
    """
    kind, *names = caller.arn.rpartition(":")[2].split("/")
    if kind == "user" and names:
        return {"user": names[-1]}
    if kind == "assumed-role" and names and not names[0].startswith(_RESERVED):
        return {"role": names[0]}
    return {}
