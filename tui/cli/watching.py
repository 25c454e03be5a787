"""The options that say what to watch and where, shared by the commands that watch."""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click

from tui.cli.completion import REMEMBERS, complete_selector, complete_site
from tui.cli.config_file import Site, duplicate_sites
from tui.cli.options import DEBUG, MASK, Command, with_options
from tui.cli.parameter_types import LOOK_BACK
from tui.cli.settings import config_in_force
from tui.domain.clock import Clock
from tui.domain.times import parse_since
from tui.feed.mode import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What to watch, and where: the values of the options that the watching commands share."""

    selectors: tuple[str, ...] = ()
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    log_groups: tuple[str, ...] = ()
    source: Mode = Mode.AUTO
    since: str = "1h"
    live_limit: float | None = None
    """Minutes of Live Tail that the run may use; None for unlimited."""
    insights_cost: float = 0.03
    """Maximum cost of a run, US dollars, of queries for the last states of many silent streams."""
    sites: Mapping[str, Site] = field(default_factory=dict)
    """Accounts and regions to watch side by side, by name; if empty, the one that the other options describe."""
    all_regions: bool = False
    """Whether to watch every region with VPN connections, for each site."""
    linked_accounts: bool = False
    """Whether accounts that share their logs with the watched one are read through it."""
    mask: bool = False

    @property
    def is_one_account(self) -> bool:
        """Whether it names exactly one account in one region."""
        is_searched = (
            self.all_regions or self.linked_accounts or any(site.linked_accounts for site in self.sites.values())
        )
        return len(self.sites) <= 1 and not is_searched

    @property
    def is_several(self) -> bool:
        """Whether it names sites, whose names then appear with everything, rather than one account and region."""
        return bool(self.sites) or self.all_regions or self.linked_accounts

    def since_ms(self, clock: Clock) -> int:
        """Return the start of the look-back in ms; raises click.BadParameter for a text that names no instant."""
        try:
            return parse_since(self.since, now=clock.now())
        except ValueError as wrong:
            raise click.BadParameter(str(wrong), param_hint="--since") from None


def _remember(ctx: click.Context, param: click.Parameter, is_wanted: bool) -> None:
    ctx.meta[REMEMBERS] = is_wanted


def _checked_url(ctx: click.Context, param: click.Parameter, url: str | None) -> str | None:
    if url is not None and not re.fullmatch(r"https?://[^/\s]+(/\S*)?", url, re.IGNORECASE):
        _, at, host = url.rpartition("@")  # what precedes it may contain a password
        shown = f"…{at}{host}" if at else url
        raise click.BadParameter(f"{shown!r} is not a URL: write http://127.0.0.1:4566 or https://host.", ctx, param)
    return url


def _since(default: str) -> Callable[[Command], Command]:
    return click.option(
        "--since",
        default=default,
        type=LOOK_BACK,
        show_default=True,
        metavar="SPAN|TIME",
        help="How far to look back: 30m, 2h, 30d, or a time (in UTC unless it has a zone).",
    )


_WHERE: Final = (
    click.argument("selectors", nargs=-1, metavar="[SELECTOR]...", shell_complete=complete_selector),
    click.option("--profile", help="AWS profile, as in the AWS CLI."),
    click.option("--region", help="AWS region, as in the AWS CLI."),
    click.option(
        "--endpoint-url",
        metavar="URL",
        callback=_checked_url,
        help="Use this endpoint for every AWS service (tests, emulators).",
    ),
    click.option(
        "--log-group",
        "log_groups",
        multiple=True,
        metavar="NAME|ARN",
        help="Read this log group without asking EC2. Repeatable.",
    ),
    click.option(
        "--site",
        "site_names",
        multiple=True,
        metavar="NAME",
        help="Watch this site of the config file. Repeatable.",
        shell_complete=complete_site,
    ),
    click.option("--all-sites", is_flag=True, help="Watch every site of the config file."),
    click.option(
        "--all-regions",
        is_flag=True,
        help="Watch every region where the account, or each site, has VPN connections, each as a site of its own.",
    ),
    click.option(
        "--linked-accounts",
        is_flag=True,
        help="Also watch the accounts that share their logs with this one (CloudWatch cross-account observability).",
    ),
    click.option(
        "--source",
        type=click.Choice(Mode, case_sensitive=False),
        default=Mode.AUTO.value,
        show_default=True,
        help="auto: Live Tail, or polling if Live Tail is refused.",
    ),
    click.option(
        "--live-limit",
        metavar="MINUTES",
        type=click.FloatRange(min=0, min_open=True),
        help="Switch to polling after this many session minutes of Live Tail, which AWS bills.",
    ),
    click.option(
        "--insights-cost",
        default=0.03,
        show_default=True,
        metavar="USD",
        type=click.FloatRange(min=0),
        help="Ask Logs Insights for the last states of 50 or more silent streams if it costs at most this; 0: never.",
    ),
)
_HOW: Final = (
    click.option(
        "--remember-names",
        is_flag=True,
        expose_value=False,
        callback=_remember,
        help="Save the names and addresses of connections for shell completion.",
    ),
    MASK,
    DEBUG,
)


def watching(command: Command) -> Command:
    """Give a command the options that say what to watch; it receives them as one `watching` argument."""
    return _watching(command, since="1h")


def watching_weeks(command: Command) -> Command:
    """Give a command the same options, with a default look-back of 30 days."""
    return _watching(command, since="30d")


def _watching(command: Command, *, since: str) -> Command:
    options = (*_WHERE, _since(since), *_HOW)

    @functools.wraps(command)
    def with_watching(
        *,
        selectors: tuple[str, ...],
        profile: str | None,
        region: str | None,
        endpoint_url: str | None,
        log_groups: tuple[str, ...],
        source: Mode,
        since: str,
        live_limit: float | None,
        insights_cost: float,
        site_names: tuple[str, ...],
        all_sites: bool,
        all_regions: bool,
        linked_accounts: bool,
        mask: bool,
        **others: Any,
    ) -> int:
        watching = Watching(
            selectors=selectors,
            profile=profile,
            region=region,
            endpoint_url=endpoint_url,
            log_groups=log_groups,
            source=source,
            since=since,
            live_limit=live_limit,
            insights_cost=insights_cost,
            sites=_sites(site_names, all_sites=all_sites),
            all_regions=all_regions,
            linked_accounts=linked_accounts,
            mask=mask,
        )
        return command(watching=watching, **others)

    return with_options(with_watching, options)


def _sites(names: Sequence[str], *, all_sites: bool) -> Mapping[str, Site]:
    """Return the sites that are asked for; raises click.UsageError for one that the config file does not have."""
    config = config_in_force()
    if all_sites and not config.sites:
        raise click.UsageError(f"{config.path} names no sites; `tunnelwatch config --print` shows how.")
    for name in names:
        if name not in config.sites:
            known = f"it names {', '.join(config.sites)}" if config.sites else "it names none"
            raise click.UsageError(f"There is no site {name!r} in {config.path}; {known}.")
    chosen = config.sites if all_sites else {name: config.sites[name] for name in names}
    if twice := duplicate_sites(chosen):
        raise click.UsageError(f"{' and '.join(twice)} are the same account and region: leave one of them out.")
    return chosen
