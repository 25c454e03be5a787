"""Set up the accounts of a scenario at an endpoint: one, or several in several regions, each with its own player."""

from collections.abc import Sequence

from tui.demo.scenarios.player import Player
from tui.demo.scenarios.scenario import Scenario, ScenarioSite
from tui.demo.server.account import Account
from tui.demo.server.regional import Hosted
from tui.demo.server.store import Store
from tui.domain.clock import Clock


def players_of(scenario: Scenario, clock: Clock, *, speed: float = 1.0) -> tuple[Sequence[Player], Sequence[Hosted]]:
    """Return a scenario's players and the accounts in which they act; the first account is the endpoint's own."""
    sites = scenario.sites or (ScenarioSite("", Account(), scenario),)
    hosted = [
        Hosted(site.account, Store(clock=clock), site.external_id, site.shares_logs, site.is_denied, site.name)
        for site in sites
    ]
    players = [
        Player(site.scenario, host.store, speed=speed, account=host.account)
        for site, host in zip(sites, hosted, strict=True)
    ]
    return players, hosted
