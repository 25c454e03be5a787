"""Whether each API action of the program is allowed: what the examination did not call is called for the trial."""

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
    """What there is to try an action on: the first tunnel, and the first log group."""

    def __init__(self, inventory: Inventory | None, group: LogGroup | None, *, now: int) -> None:
        tunnels = (
            [(owner.id, tunnel) for owner in inventory.connections for tunnel in owner.tunnels] if inventory else []
        )
        self._tunnel = tunnels[0] if tunnels else None
        self._group = group
        self._now = now // 1000

    def tunnel(self) -> Request | None:
        """Return the parameters that name a tunnel, None where there is none."""
        if self._tunnel is None:
            return None
        connection, tunnel = self._tunnel
        return {"VpnConnectionId": connection, "VpnTunnelOutsideIpAddress": tunnel.outside_ip}

    def group(self, **others: object) -> Request | None:
        """Return the parameters that name a log group, and `others`; None where there is none."""
        return None if self._group is None else {**self._group.reference, **others}

    def query(self) -> Request | None:
        """Return the parameters of a query over a second, which costs nothing; None where there is no group."""
        if self._group is None:
            return None
        identifier = self._group.arn if self._group.is_linked else self._group.name
        span = {"startTime": self._now, "endTime": self._now}
        return {"logGroupIdentifiers": [identifier], **span, "queryString": "limit 1"}

    def stream(self) -> Request | None:
        """Return the parameters that name a stream, which need not exist."""
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
"""How to try each action that only some accounts make the program call. That a stream is missing is an answer, too."""
_NO_QUERY: Final = "00000000-0000-0000-0000-000000000000"


async def try_others(attempts: Attempts, samples: Samples) -> tuple[str, ...]:
    """Try every action of watching that was not called yet; return those that there was nothing to try on."""
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
    """Return for each action that turning logging on needs whether the caller's policies allow it; None if not known.

    IAM simulates them; nothing is called. It knows no policy of a log group, and of a session no other than the role's.
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
    """Return the user or role behind a caller's ARN, as IAM names it: `assumed-role/NAME/SESSION` is `role/NAME`.

    Empty for the root user and for what IAM cannot simulate.
    """
    head, _, resource = caller_arn.rpartition(":")
    if resource.startswith("assumed-role/"):
        return f"{head.replace(':sts:', ':iam:')}:role/{resource.split('/')[1]}"
    return caller_arn if resource.startswith(("user/", "role/")) else ""
