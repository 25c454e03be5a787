"""The AWS actions used by the program: the only list for making calls and for printing the IAM policy."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Action:
    """One API action by its IAM name. Nothing works without a `needed` one. `brings` describes what it provides.

    `lists` names the list that every answer contains, even if empty. `watches` is false for actions that only `doctor`
    uses to find a cause; the policy for watching omits them. `is_of_fleets` is true for actions used only to search for
    regions and accounts.
    """

    name: str
    brings: str
    needed: bool = False
    lists: str = ""
    watches: bool = True
    is_of_fleets: bool = False

    @property
    def service(self) -> str:
        """The service by botocore's name of its client."""
        return self.name.partition(":")[0]

    @property
    def operation(self) -> str:
        """The operation by the service's name."""
        return self.name.partition(":")[2]


_DELIVERED: Final = "log deliveries, which write logs while the tunnel options say that logging is off"

_ROUTES: Final = "the way back from AWS's networks"

ACTIONS: Final[dict[str, Action]] = {
    action.name: action
    for action in (
        Action("logs:FilterLogEvents", "the events of the tunnels", needed=True, lists="events"),
        Action("logs:StartLiveTail", "the same events within a second or two rather than every few seconds"),
        Action("logs:GetLogEvents", "the last known state of tunnels that have long been silent", lists="events"),
        Action(
            "logs:DescribeLogStreams",
            "the streams of silent tunnels, and which groups hold VPN logs",
            lists="logStreams",
        ),
        Action(
            "logs:DescribeLogGroups", "log groups that EC2 does not name, and the ARNs of named ones", lists="logGroups"
        ),
        Action("logs:DescribeDeliverySources", f"{_DELIVERED}: whose logs they send", lists="deliverySources"),
        Action("logs:DescribeDeliveries", f"{_DELIVERED}: in which form", lists="deliveries"),
        Action("logs:DescribeDeliveryDestinations", f"{_DELIVERED}: where to", lists="deliveryDestinations"),
        Action(
            "ec2:DescribeVpnConnections",
            "names, tunnels that have logged nothing, log groups, options, and EC2's own view of each tunnel",
            lists="VpnConnections",
        ),
        Action(
            "ec2:DescribeCustomerGateways",
            "the address and ASN that AWS expects of the device, and whether it has a certificate",
            lists="CustomerGateways",
        ),
        Action("ec2:GetActiveVpnTunnelStatus", "what the two ends agreed on: IKE version, algorithms"),
        Action("ec2:GetVpnTunnelReplacementStatus", "when AWS replaced a tunnel's endpoint, or is going to"),
        Action("logs:StartQuery", "the history of weeks, which CloudWatch Logs Insights goes through"),
        Action("logs:GetQueryResults", "what it found"),
        Action("logs:StopQuery", "the end of a query that is not wanted any more, and would be billed"),
        Action("sts:GetCallerIdentity", "the account's number"),
        Action(
            "oam:ListSinks",
            "whether accounts share their logs with this one",
            lists="Items",
            watches=False,
            is_of_fleets=True,
        ),
        Action(
            "oam:ListAttachedLinks",
            "what the accounts that share their logs are called",
            lists="Items",
            watches=False,
            is_of_fleets=True,
        ),
        Action(
            "ec2:DescribeRegions",
            "the regions to look for connections in",
            lists="Regions",
            watches=False,
            is_of_fleets=True,
        ),
        Action(
            "logs:DescribeResourcePolicies",
            "whether AWS may deliver logs to the groups, and whether the policies that say so have room",
            lists="resourcePolicies",
            watches=False,
        ),
        Action(
            "ec2:DescribeTransitGatewayAttachments",
            f"{_ROUTES}: the attachments to transit gateways",
            lists="TransitGatewayAttachments",
            watches=False,
        ),
        Action(
            "ec2:DescribeTransitGatewayRouteTables",
            f"{_ROUTES}: which route tables transit gateways have",
            lists="TransitGatewayRouteTables",
            watches=False,
        ),
        Action(
            "ec2:GetTransitGatewayRouteTablePropagations",
            f"{_ROUTES}: which attachments propagate into them",
            lists="TransitGatewayRouteTablePropagations",
            watches=False,
        ),
        Action(
            "ec2:SearchTransitGatewayRoutes",
            f"{_ROUTES}: the routes in them",
            lists="Routes",
            watches=False,
        ),
        Action("ec2:DescribeVpnGateways", f"{_ROUTES}: the VPCs of VPN gateways", lists="VpnGateways", watches=False),
        Action("ec2:DescribeRouteTables", f"{_ROUTES}: the routes in VPCs", lists="RouteTables", watches=False),
        Action("cloudwatch:ListMetrics", "which tunnels have metrics of their traffic", lists="Metrics", watches=False),
        Action(
            "cloudwatch:GetMetricData", "how much traffic passes each way", lists="MetricDataResults", watches=False
        ),
        Action("cloudtrail:LookupEvents", "what was changed, and by whom", lists="Events", watches=False),
        Action("acm:DescribeCertificate", "when the certificate of a customer gateway ends", watches=False),
        Action(
            "iam:SimulatePrincipalPolicy",
            "whether the caller may turn logging on",
            lists="EvaluationResults",
            watches=False,
        ),
    )
}
"""By IAM name. STS answers every caller: its call needs no permission."""

TURNING_LOGS_ON: Final = (
    "ec2:ModifyVpnTunnelOptions",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
"""The actions needed to turn a tunnel's logs on; this program calls none that changes anything.

Source: AWS Site-to-Site VPN user guide, "IAM requirements to publish to CloudWatch Logs".
"""
