"""Whether each API action of the program is allowed: those that the examination did not use are tried here."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tui.domain.events import Log
from tui.domain.inventory import Inventory
from tui.feed.aws.actions import ACTIONS, TURNING_LOGS_ON
from tui.feed.doctor.attempts import Attempts
from tui.feed.inventory.ec2_records import read_text
from tui.feed.inventory.log_groups import LogGroup, dicts_in

Request = dict[str, Any]


class Samples:
    """The objects to try actions on: the first tunnel and the first log group."""

    def __init__(self, inventory: Inventory | None, group: LogGroup | None, *, now: int) -> None:
        tunnels = (
            [(owner.id, tunnel) for owner in inventory.connections for tunnel in owner.tunnels] if inventory else []
        )
        self._tunnel = tunnels[0] if tunnels else None
        self._group = group
        self._now = now // 1000

    def tunnel(self) -> Request | None:
        """Return the parameters that name a tunnel, None if there is none."""
        if self._tunnel is None:
            return None
        connection, tunnel = self._tunnel
        return {"VpnConnectionId": connection, "VpnTunnelOutsideIpAddress": tunnel.outside_ip}

    def group(self, **others: object) -> Request | None:
        """Return the parameters that name a log group, and `others`; None if there is none."""
        return None if self._group is None else {**self._group.reference, **others}

    def query(self) -> Request | None:
        """Return the parameters of a query over one second, which costs nothing; None if there is no group."""
        if self._group is None:
            return None
        identifier = self._group.arn if self._group.is_linked else self._group.name
        span = {"startTime": self._now, "endTime": self._now}
        return {"logGroupIdentifiers": [identifier], **span, "queryString": "limit 1"}

    def stream(self) -> Request | None:
        """Return the parameters that name a stream, which need not exist; None if there is nothing to name it after."""
        if self._tunnel is None:
            return None
        connection, tunnel = self._tunnel
        return self.group(logStreamName=f"{connection}-{tunnel.outside_ip}-{Log.IKE.upper()}.log", limit=1)


_REQUESTS: Final[Mapping[str, Callable[[Samples], Request | None]]] = {
    "logs:GetLogEvents": Samples.stream,
    "logs:DescribeLogStreams": lambda samples: samples.group(limit=1),
    "logs:StartQuery": Samples.query,
    "logs:GetQueryResults": lambda samples: {"queryId": _NO_QUERY},
    "logs:StopQuery": lambda samples: {"queryId": _NO_QUERY},
    "logs:DescribeLogGroups": lambda samples: {"limit": 1},
    "logs:DescribeDeliverySources": lambda samples: {"limit": 1},
    "logs:DescribeDeliveries": lambda samples: {"limit": 1},
    "logs:DescribeDeliveryDestinations": lambda samples: {"limit": 1},
    "ec2:DescribeCustomerGateways": lambda samples: {},
    "ec2:GetActiveVpnTunnelStatus": Samples.tunnel,
    "ec2:GetVpnTunnelReplacementStatus": Samples.tunnel,
}
"""The request that tries each action not used for every account. A missing stream is an answer, too."""
_NO_QUERY: Final = "00000000-0000-0000-0000-000000000000"


async def try_others(attempts: Attempts, samples: Samples) -> tuple[str, ...]:
    """Try every watching action not called yet; return those for which there was nothing to try."""
    untried: list[str] = []
    for name, action in ACTIONS.items():
        if not action.watches or name in attempts.aws.outcomes:
            continue
        request = _REQUESTS[name](samples) if name in _REQUESTS else None
        if request is None:
            untried.append(name)
        else:
            await attempts.answer(name, "the trial of a permission", **request)
    return tuple(untried)


async def may_turn_logging_on(attempts: Attempts, caller_arn: str) -> dict[str, bool] | None:
    """Return whether the caller's policies allow each action needed to turn logging on; None if unknown.

    IAM simulates the actions; none is called. It considers neither log group policies nor session policies.
    """
    principal = principal_of(caller_arn)
    if not principal:
        return None
    answer = await attempts.answer(
        "iam:SimulatePrincipalPolicy", principal, PolicySourceArn=principal, ActionNames=list(TURNING_LOGS_ON)
    )
    if answer is None:
        return None
    return {
        name: read_text(result, "EvalDecision") == "allowed"
        for result in dicts_in(answer, "EvaluationResults")
        if (name := read_text(result, "EvalActionName"))
    }


def principal_of(caller_arn: str) -> str:
    """Return the user or role behind a caller's ARN in IAM's form: `assumed-role/NAME/SESSION` becomes `role/NAME`.

    Empty for the root user and for principals that IAM cannot simulate.
    """
    head, _, resource = caller_arn.rpartition(":")
    if resource.startswith("assumed-role/"):
        return f"{head.replace(':sts:', ':iam:')}:role/{resource.split('/')[1]}"
    return caller_arn if resource.startswith(("user/", "role/")) else ""
