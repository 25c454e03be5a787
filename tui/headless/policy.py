"""`tunnelwatch policy`: the smallest IAM policy for watching, or for turning the logs on, as JSON."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from tui.feed.aws.actions import ACTIONS, TURNING_LOGS_ON, Action

_BY_GROUP: Final = ("FilterLogEvents", "GetLogEvents", "StartLiveTail", "DescribeLogStreams", "StartQuery")
"""Actions that can be granted for single log groups; the others accept no resource narrower than `*`."""

_FREE: Final = {"sts:GetCallerIdentity"}
"""Allowed to everybody; IAM cannot even deny it."""


_Statement = tuple[str, list[str], list[str]]
"""A statement's name, actions and resources."""


def monitor_policy(log_groups: Sequence[str] = ()) -> str:
    """Return the policy for the calls of watching; `log_groups`, names or ARNs, narrow the actions that can be
    narrowed.
    """
    return _policy(*_reading(_watching(), log_groups))


def causes_policy(log_groups: Sequence[str] = ()) -> str:
    """Return the policy for every command, including `doctor`, which also looks at routes, metrics and changes."""
    return _policy(*_reading([action for action in ACTIONS.values() if not action.is_of_fleets], log_groups))


def fleet_policy(log_groups: Sequence[str] = ()) -> str:
    """Return the policy of the account that watches several others: watching, and assuming their roles.

    Each role needs the policy for watching in its own account, and must trust the watching account.
    """
    searching = [action for action in ACTIONS.values() if action.is_of_fleets]
    return _policy(
        *_reading([*_watching(), *searching], log_groups),
        ("TakeOnRoles", ["sts:AssumeRole"], ["arn:aws:iam::*:role/*"]),
    )


def logging_policy(log_groups: Sequence[str] = ()) -> str:
    """Return the policy for turning a tunnel's logs on, for any log group; watching needs none of it."""
    return _policy(("TurnTunnelLogsOn", list(TURNING_LOGS_ON), ["*"]))


POLICIES: Final[Mapping[str, Callable[[Sequence[str]], str]]] = {
    "monitor": monitor_policy,
    "causes": causes_policy,
    "logging": logging_policy,
    "fleet": fleet_policy,
}
"""The policies by purpose; the log groups narrow the actions that can be narrowed."""


def _watching() -> list[Action]:
    return [action for action in ACTIONS.values() if action.watches]


def _reading(actions: Iterable[Action], log_groups: Sequence[str]) -> tuple[_Statement, _Statement]:
    names = sorted(action.name for action in actions if action.name not in _FREE)
    by_group = [name for name in names if name.partition(":")[2] in _BY_GROUP]
    others = [name for name in names if name not in by_group]
    resources = [_arn(group) for group in log_groups] or ["*"]
    return ("ReadTunnelLogs", by_group, resources), ("FindTunnels", others, ["*"])


def _arn(group: str) -> str:
    name = group.removesuffix(":*")
    return f"{name if name.startswith('arn:') else f'arn:aws:logs:*:*:log-group:{name}'}:*"


def _policy(*statements: _Statement) -> str:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
            for sid, actions, resources in statements
            if actions
        ],
    }
    return json.dumps(document, indent=2)
