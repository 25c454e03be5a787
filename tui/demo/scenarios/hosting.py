"""What a scenario plays at an endpoint: one account, or several in several regions, each with its own player."""

from collections.abc import Sequence

from tui.demo.scenarios.player import Player
from tui.demo.scenarios.scenario import Scenario, ScenarioSite
from tui.demo.server.account import Account
from tui.demo.server.regional import Hosted
from tui.demo.server.store import Store
from tui.domain.clock import Clock


def players_of(scenario: Scenario, clock: Clock, *, speed: float = 1.0) -> tuple[Sequence[Player], Sequence[Hosted]]:
    """Return the players of a scenario, and the accounts that they play in, the first of them the endpoint's own."""
    sites = scenario.sites or (ScenarioSite("", Account(), scenario),)
    hosted = [
        Hosted(site.account, Store(clock=clock), site.external_id, site.shares_logs, site.is_denied, site.name)
        for site in sites
    ]
    players = [
        Player(site.scenario, each.store, speed=speed, account=each.account)
        for site, each in zip(sites, hosted, strict=True)
    ]
    return players, hosted
