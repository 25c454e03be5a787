"""The AWS actions that watching uses: the one list, from which calls are made and the IAM policy is printed."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Action:
    """One API action: its IAM name, and whether nothing works without it.

    `lists` is the list that each answer has, if only an empty one.
    """

    name: str
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
        # The events of the tunnels, each once: the record.
        Action("logs:FilterLogEvents", needed=True, lists="events"),
        # The same events within a second or two, rather than every few seconds.
        Action("logs:StartLiveTail"),
        # The last known state of a tunnel that has been silent for longer than the look-back.
        Action("logs:GetLogEvents", lists="events"),
        # Which streams a silent tunnel has; which log groups hold VPN logs.
        Action("logs:DescribeLogStreams", lists="logStreams"),
        # The log groups, where EC2 does not name them, and their ARNs.
        Action("logs:DescribeLogGroups", lists="logGroups"),
        # Logs that a delivery writes while the tunnel options say that logging is off: of what, by what, and where.
        Action("logs:DescribeDeliverySources", lists="deliverySources"),
        Action("logs:DescribeDeliveries", lists="deliveries"),
        Action("logs:DescribeDeliveryDestinations", lists="deliveryDestinations"),
        # Names, tunnels that have logged nothing, log groups, EC2's own view.
        Action("ec2:DescribeVpnConnections", lists="VpnConnections"),
        # The address and ASN that AWS expects of the device, and whether it authenticates with a certificate.
        Action("ec2:DescribeCustomerGateways", lists="CustomerGateways"),
        # What the two ends of a tunnel agreed on: IKE version, algorithms.
        Action("ec2:GetActiveVpnTunnelStatus"),
        # When AWS replaced a tunnel's endpoint, or will replace it.
        Action("ec2:GetVpnTunnelReplacementStatus"),
        # The account's number; needs no permission.
        Action("sts:GetCallerIdentity"),
    )
}
"""By IAM name."""
