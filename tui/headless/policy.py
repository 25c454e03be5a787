"""`tunnelwatch policy`: the smallest IAM policy for watching, or for turning the logs on, as JSON."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from tui.feed.aws.actions import ACTIONS, TURNING_LOGS_ON, Action

_BY_GROUP: Final = ("FilterLogEvents", "GetLogEvents", "StartLiveTail", "DescribeLogStreams")
"""What can be granted for single log groups; the rest of the actions know no resource narrower than `*`."""

_FREE: Final = {"sts:GetCallerIdentity"}
"""Allowed to everybody; IAM cannot even deny it."""


def monitor_policy(log_groups: Sequence[str] = ()) -> str:
    """Return what watching calls; `log_groups`, names or ARNs, narrow what can be narrowed."""
    return _reading_policy([action for action in ACTIONS.values() if action.watches], log_groups)


def causes_policy(log_groups: Sequence[str] = ()) -> str:
    """Return what every command calls, `doctor` among them: it looks at routes, metrics and changes, too."""
    return _reading_policy(ACTIONS.values(), log_groups)


def _reading_policy(actions: Iterable[Action], log_groups: Sequence[str]) -> str:
    names = sorted(action.name for action in actions if action.name not in _FREE)
    by_group = [name for name in names if name.partition(":")[2] in _BY_GROUP]
    others = [name for name in names if name not in by_group]
    resources = [_arn(group) for group in log_groups] or ["*"]
    return _policy(("ReadTunnelLogs", by_group, resources), ("FindTunnels", others, ["*"]))


def logging_policy() -> str:
    """Return what turning the logs of a tunnel on needs; watching needs none of it."""
    return _policy(("TurnTunnelLogsOn", list(TURNING_LOGS_ON), ["*"]))


def _arn(group: str) -> str:
    name = group.removesuffix(":*")
    return f"{name if name.startswith('arn:') else f'arn:aws:logs:*:*:log-group:{name}'}:*"


def _policy(*statements: tuple[str, list[str], list[str]]) -> str:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
            for sid, actions, resources in statements
            if actions
        ],
    }
    return json.dumps(document, indent=2)
