"""One account in one region as the endpoint hosts it: its content, who can reach it, and its services."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tui.demo.server.account import Account
from tui.demo.server.apis.ec2_api import Ec2Api
from tui.demo.server.apis.logs_api import LogsApi
from tui.demo.server.errors import ApiError, access_denied
from tui.demo.server.fault_injector import FaultInjector
from tui.demo.server.insights.queries_api import QueriesApi
from tui.demo.server.live_tail import LiveTail
from tui.demo.server.store import Store

_GLOBAL: Final = ("sts", "iam")
"""The services that work in a denied region, too."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """An account in a region, hosted besides the endpoint's first one.

    It is reached by the role of its `account`, whose trust policy requires `external_id` if there is one. With
    `shares_logs` it is linked to the first account (CloudWatch Observability Access Manager). If `is_denied`, an
    organization's policy (SCP) denies everything in the region.
    """

    account: Account
    store: Store = field(default_factory=Store)
    external_id: str = ""
    shares_logs: bool = False
    is_denied: bool = False
    label: str = ""
    """The label of its link to the first account, if that is not its number."""


class Regional:
    """The services of one account in one region."""

    def __init__(self, hosted: Hosted, *, injector: FaultInjector, update_every: float) -> None:
        self.hosted = hosted
        self.account = account = hosted.account
        self.store = store = hosted.store
        self.logs = LogsApi(store, account=account, injector=injector)
        self.live = LiveTail(store, account=account, injector=injector, update_every=update_every)
        self.queries = QueriesApi(store, account=account, injector=injector)
        self.links: Sequence[tuple[Account, str]] = ()
        """The accounts that share their logs with this one, each with the label of its link."""
        self.ec2 = Ec2Api(store, account=account, injector=injector)

    def __repr__(self) -> str:
        return f"<Regional {self.account.id} {self.account.region} {self.store!r}>"

    def check_organization(self, action: str) -> None:
        """Raise the organization's refusal if it denies this region; `action` is in IAM's spelling."""
        service = action.partition(":")[0]
        if not self.hosted.is_denied or service in _GLOBAL:
            return
        reason = "with an explicit deny in a service control policy"
        if service == "ec2":
            message = f"User: {self.account.user_arn} is not authorized to perform: {action} {reason}"
            raise ApiError(
                "UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", status=403
            )
        raise access_denied(action, user=self.account.user_arn, resource="*", reason=reason)


def host(hosted: Sequence[Hosted], *, injector: FaultInjector, update_every: float) -> list[Regional]:
    """Return the services of every account in every region in use, the first account's first.

    The first account is the monitoring account of those that share their logs, in each region.
    """
    given = {(site.account.id, site.account.region): site for site in hosted}
    for site in {site.account.id: site for site in hosted}.values():
        for region in dict.fromkeys(other.account.region for other in hosted):
            empty = Hosted(replace(site.account, region=region), external_id=site.external_id)
            given.setdefault((site.account.id, region), empty)
    regionals = [Regional(site, injector=injector, update_every=update_every) for site in given.values()]
    regions = tuple(sorted({region for _, region in given}))
    monitoring = regionals[0].account.id
    for regional in regionals:
        regional.ec2.regions = regions
        if regional.account.id == monitoring:
            sharing = [other for other in regionals if other.hosted.shares_logs]
            linked = [other for other in sharing if other.account.region == regional.account.region]
            regional.links = [(other.account, other.hosted.label) for other in linked]
            regional.logs.linked = tuple(other.logs for other in linked)
            regional.live.linked = tuple((other.account, other.store) for other in linked)
    return regionals
