"""The AWS actions that watching uses: the one list, from which calls are made and the IAM policy is printed."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Action:
    """One API action: its IAM name, what the reader gets by it, and whether nothing works without it.

    `lists` is the list that each answer has, if only an empty one.
    """

    name: str
    gives: str
    needed: bool = False
    lists: str = ""

    @property
    def service(self) -> str:
        """The service as botocore names its client."""
        return self.name.partition(":")[0]

    @property
    def operation(self) -> str:
        """The operation as the service names it."""
        return self.name.partition(":")[2]


ACTIONS: Final[dict[str, Action]] = {
    action.name: action
    for action in (
        Action("logs:FilterLogEvents", "the events of the tunnels, each once: the record", needed=True, lists="events"),
        Action("logs:StartLiveTail", "the same events within a second or two, rather than every few seconds"),
        Action(
            "logs:GetLogEvents",
            "the last known state of a tunnel that has been silent for longer than the look-back",
            lists="events",
        ),
        Action(
            "logs:DescribeLogStreams",
            "which streams a silent tunnel has; which log groups hold VPN logs",
            lists="logStreams",
        ),
        Action(
            "logs:DescribeLogGroups", "the log groups, where EC2 does not name them, and their ARNs", lists="logGroups"
        ),
        Action(
            "ec2:DescribeVpnConnections",
            "names, tunnels that have logged nothing, log groups, EC2's own view",
            lists="VpnConnections",
        ),
        Action("ec2:GetActiveVpnTunnelStatus", "what the two ends of a tunnel agreed on: IKE version, algorithms"),
        Action("ec2:GetVpnTunnelReplacementStatus", "when AWS replaced a tunnel's endpoint, or will replace it"),
        Action("sts:GetCallerIdentity", "the account's number; needs no permission"),
    )
}
"""By IAM name."""
