"""The AWS actions that the program uses: the one list from which calls are made and the IAM policy is printed."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Action:
    """One API action by its IAM name. Nothing works without one that is `needed`.

    `lists` names the list that every answer contains, though it may be empty. `watches` is false for what only
    `doctor` asks, to find the cause of what it found: the policy for watching does without.
    """

    name: str
    needed: bool = False
    lists: str = ""
    watches: bool = True

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
        # The events of the tunnels, complete.
        Action("logs:FilterLogEvents", needed=True, lists="events"),
        # The same events within a second or two rather than every few seconds.
        Action("logs:StartLiveTail"),
        # The last known state of a tunnel that has been silent for longer than the look-back.
        Action("logs:GetLogEvents", lists="events"),
        # The streams of a silent tunnel; which log groups hold VPN logs.
        Action("logs:DescribeLogStreams", lists="logStreams"),
        # Log groups that EC2 does not name, and the ARNs of those that the user names.
        Action("logs:DescribeLogGroups", lists="logGroups"),
        # Logs that a delivery writes while the tunnel options say that logging is off: their source, the delivery, and
        # the log group that it writes to.
        Action("logs:DescribeDeliverySources", lists="deliverySources"),
        Action("logs:DescribeDeliveries", lists="deliveries"),
        Action("logs:DescribeDeliveryDestinations", lists="deliveryDestinations"),
        # Names, tunnels that have logged nothing, log groups, options, and EC2's own view of each tunnel.
        Action("ec2:DescribeVpnConnections", lists="VpnConnections"),
        # The address and ASN that AWS expects of the device, and whether it authenticates with a certificate.
        Action("ec2:DescribeCustomerGateways", lists="CustomerGateways"),
        # What the two ends of a tunnel agreed on: IKE version, algorithms.
        Action("ec2:GetActiveVpnTunnelStatus"),
        # When AWS replaced a tunnel's endpoint, or is going to.
        Action("ec2:GetVpnTunnelReplacementStatus"),
        # Whether AWS may deliver logs to the log groups, and whether the policies that say so have room.
        Action("logs:DescribeResourcePolicies", lists="resourcePolicies", watches=False),
        # The account's number; needs no permission.
        Action("sts:GetCallerIdentity"),
    )
}
"""By IAM name."""
