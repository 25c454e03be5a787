"""One account in one region, as the endpoint hosts it: what is in it, who reaches it, and its services."""

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
"""Services that a denied region does not concern."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """An account in a region beside the endpoint's first one.

    It is reached by the role of its `account`, whose trust policy asks for `external_id` where there is one. With
    `shares_logs` it is linked to the first account (CloudWatch Observability Access Manager). An organization's policy
    (SCP) denies everything in a region that `is_denied`.
    """

    account: Account
    store: Store = field(default_factory=Store)
    external_id: str = ""
    shares_logs: bool = False
    is_denied: bool = False
    label: str = ""
    """What its link to the first account calls it, where that is not its number."""


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
        """Raise the refusal of an organization that denies this region; `action` as IAM spells it."""
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
    """Return the services of each account in each region in which any of them has something, the first one's first.

    The first account is the monitoring account of those that share their logs with it, region by region.
    """
    given = {(each.account.id, each.account.region): each for each in hosted}
    for each in {each.account.id: each for each in hosted}.values():
        for region in dict.fromkeys(other.account.region for other in hosted):
            empty = Hosted(replace(each.account, region=region), external_id=each.external_id)
            given.setdefault((each.account.id, region), empty)
    regionals = [Regional(each, injector=injector, update_every=update_every) for each in given.values()]
    regions = tuple(sorted({region for _, region in given}))
    monitoring = regionals[0].account.id
    for regional in regionals:
        regional.ec2.regions = regions
        if regional.account.id == monitoring:
            sharing = [each for each in regionals if each.hosted.shares_logs]
            linked = [each for each in sharing if each.account.region == regional.account.region]
            regional.links = [(each.account, each.hosted.label) for each in linked]
            regional.logs.linked = tuple(each.logs for each in linked)
            regional.live.linked = tuple((each.account, each.store) for each in linked)
    return regionals
