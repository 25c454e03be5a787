"""Who changed what during the watch: CloudTrail is queried after a fall or a change, and for a while afterwards.

At most one call a second, and none while nothing happens. Nothing waits for the answers or fails with them; if the
role lacks the permission, the user is told once, and the call is not repeated.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

from tui.domain.calls import asked_from, occasions, with_calls
from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import Inventory
from tui.domain.times import DAY, clock_time
from tui.domain.trail import TrailChange
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.ec2_records import read_text
from tui.feed.inventory.log_groups import dicts_in
from tui.feed.inventory.trail_records import LOOK_UP, read_change

log = logging.getLogger("tunnelwatch.feed.inventory.trail")

CALLS: Final = (
    "ModifyVpnTunnelOptions",
    "ReplaceVpnTunnel",
    "ModifyVpnConnection",
    "ModifyVpnConnectionOptions",
    "ModifyVpnTunnelCertificate",
    "CreateVpnConnectionRoute",
    "DeleteVpnConnectionRoute",
)
"""The calls that can interrupt a tunnel or its routes, each looked up for all connections at once.

They are looked up by name, because EC2 is not documented to name the connection as the resource of all of them.
"""
_PAGE: Final = 50
"""The events per page, CloudTrail's maximum."""
_PAGES: Final = 4
"""The maximum number of pages per call and round; newer events come first."""
_KEPT: Final = 89 * DAY
"""How far back CloudTrail is queried; its event history holds 90 days."""
_MOST: Final = 2_000
"""The number of newest events kept."""


class Trail:
    """Remembers the calls that changed something about the watched connections.

    `since` (ms) is the start of the look-back; `pace` waits until the next call may be made. With `asks` false it makes
    no calls.
    """

    def __init__(self, clock: Clock, *, since: int, pace: Callable[[], Awaitable[None]], asks: bool = True) -> None:
        self._clock = clock
        self._since = since
        self._pace = pace
        self._asks = asks
        self._known: frozenset[int] = frozenset()
        self._asked_at: int | None = None
        self._changes: dict[str, TrailChange] = {}
        """By event id: an event found again, or by another name, is the same."""
        self._failure: FeedError | None = None
        self._cut = ""

    def __repr__(self) -> str:
        return f"Trail({len(self._changes)} changes)"

    @property
    def remarks(self) -> tuple[str, ...]:
        """Why authors of changes are unknown, if they are."""
        failure = _remark(self._failure) if self._failure is not None else ""
        return tuple(filter(None, (failure, self._cut)))

    def complete(self, inventory: Inventory) -> Inventory:
        """Return the inventory with the calls that changed its tunnels."""
        return with_calls(inventory, self._changes.values())

    async def ask(self, aws: Aws, inventory: Inventory) -> bool:
        """Look up what is due now; return whether anything reportable changed.

        Raises FeedError only if no call of the session can succeed.
        """
        if not self._asks or (self._failure is not None and self._failure.kind.is_permanent):
            return False
        happened = occasions(inventory, since=self._since)
        now = self._clock.now() + max(0, aws.skew)
        start = asked_from(happened, known=self._known, asked_at=self._asked_at, now=now)
        if start is None:
            return False
        self._asked_at = now
        # EC2's changes are timed by our clock, CloudTrail's events by AWS's.
        start = max(min(start, now) - abs(aws.skew), now - _KEPT)
        before = (tuple(self._changes), self.remarks)
        self._cut = ""
        await self._look_up(aws, start, {facts.id for facts in inventory.connections})
        if self._failure is None:  # otherwise everything is due again
            self._known = happened
        return (tuple(self._changes), self.remarks) != before

    async def _look_up(self, aws: Aws, start: int, connections: set[str]) -> None:
        try:
            for call in CALLS:
                for event in await self._events(aws, call, start):
                    self._take(event, connections)
        except FeedError as error:
            if error.kind.ends_session:
                raise
            log.info("not looked up: %s", error.kind)
            self._failure = error
        else:
            self._failure = None

    async def _events(self, aws: Aws, call: str, start: int) -> list[Any]:
        events: list[Any] = []
        request: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": call}],
            "StartTime": datetime.fromtimestamp(start / 1000, UTC),
            "MaxResults": _PAGE,
        }
        for _ in range(_PAGES):
            await self._pace()
            answer = await aws.call(LOOK_UP, call, **request)
            events += dicts_in(answer, "Events")
            token = answer.get("NextToken")
            if not isinstance(token, str) or not token or token == request.get("NextToken"):
                return events
            request["NextToken"] = token
        self._cut = (
            f"CloudTrail has more calls of {call} since {clock_time(start)} UTC than were read, the newest "
            f"{_PAGE * _PAGES}: who made an earlier change is not known."
        )
        return events

    def _take(self, event: Any, connections: set[str]) -> None:
        change, event_id = read_change(event), read_text(event, "EventId")
        if change is not None and change.connection in connections and event_id not in self._changes:
            self._changes[event_id] = change
            if len(self._changes) > _MOST:
                self._changes.pop(min(self._changes, key=lambda known: self._changes[known].at))


def _remark(error: FeedError) -> str:
    if error.kind is ErrorKind.DENIED:
        return (
            f"Who changed something at AWS is not known: {LOOK_UP} is denied, and not asked again. `tunnelwatch policy "
            "--for causes` prints what allows it."
        )
    again = "It is not asked again." if error.kind.is_permanent else "It is asked again."
    return f"Who changed something at AWS is not known: {error.message} {again}"
