"""The reader of AWS that the options ask for."""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

import click

from tui.cli.config_file import Site
from tui.cli.searching import Search, roots, search_for
from tui.cli.settings import config_in_force
from tui.cli.sites import site_of_options, target_of
from tui.cli.watching import Watching
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.domain.feed_state import ErrorKind, FeedState
    from tui.domain.masking.mask import Mask
    from tui.feed.aws.client import Heard
    from tui.feed.aws.meter import LiveLimit
    from tui.feed.named import Naming
    from tui.feed.recording.writer import Recording
    from tui.feed.source import Source
    from tui.feed.tail.quotas import Quotas
    from tui.feed.tail.record.last_known import LastLines
    from tui.feed.tail.tailer import LookBackReader


def reader(
    watching: Watching,
    *,
    follow: bool = True,
    details: bool = True,
    trail: bool = False,
    recording: "Recording | None" = None,
    mask: "Mask | None" = None,
    look_back: "Callable[[str], LookBackReader] | None" = None,
) -> "Source":
    """Return the source of events from AWS, which reads several sites side by side.

    With `follow` it goes on after the look-back. Connections have the names that the config file gives them, and these
    names work as selectors, too. `details` asks EC2 for what only the diagnosis needs, `trail` asks CloudTrail who made
    a change. A `recording` receives what is read, unmasked. A `mask` that may be needed later learns the names in the
    answers of AWS. `look_back` takes a site's name and returns the reader of its look-back to use instead of
    FilterLogEvents.
    """
    if mask is not None:
        _learn_options(mask, watching)
    elif watching.mask:
        mask = new_mask(watching)
    source = _reader(watching, mask, follow=follow, details=details, trail=trail, look_back=look_back)
    if recording is not None:
        source = recording.of(source)
    if mask is None or not watching.mask:
        return source
    from tui.feed.masked import Masked

    # The mask is the outermost layer: everything below it selects and names by the real names.
    return Masked(source, mask)


def must_start(source: "Source", *, only: "ErrorKind | None" = None) -> "Source":
    """Return the source wrapped in `MustStart`; of several sites, any one may fail."""
    from tui.headless.must_start import MustStart

    return MustStart(source, only=only)


def report_unread_sites(watching: Watching, states: "Mapping[str, FeedState]") -> bool:
    """Print a line on stderr for each site that could not be read, and return whether there was one."""
    from tui.domain.feed_state import FeedMode

    unread = {name: state for name, state in states.items() if state.mode is FeedMode.OFFLINE and watching.is_several}
    for name, state in unread.items():
        click.echo(f"tunnelwatch: site {name}: {state.reason}", err=True)
    return bool(unread)


def new_mask(watching: Watching) -> "Mask":
    """Return the mask of a run, which also covers the debug log from now on if the run is masked.

    It knows the names that the user gave (profiles, sites, log groups, selectors), because errors quote them.
    """
    from tui.domain.masking.mask import Mask

    variables = (os.environ.get(name, "") for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"))
    mask = Mask(words=(*variables, *config_in_force().names.values()))
    _learn_options(mask, watching)
    if watching.mask:
        from tui.cli.debug_log import mask_debug_log

        mask_debug_log(mask.text)
    return mask


def _learn_options(mask: "Mask", watching: Watching) -> None:
    for name in watching.sites:
        mask.learn_name(name, mask.aliases.word("site", name))
    for site in (site_of_options(watching), *watching.sites.values()):
        for name in (site.profile or "", *site.selectors):
            mask.learn_name(name)
        for group in site.log_groups:
            mask.group(group)


def mask_for_a_key(watching: Watching) -> "Callable[[], Mask]":
    """Return the function that makes the mask of an unmasked run, on first use only, because its imports are costly."""
    return cache(partial(new_mask, watching))


def _reader(
    watching: Watching,
    mask: "Mask | None",
    *,
    follow: bool,
    details: bool,
    trail: bool,
    look_back: "Callable[[str], LookBackReader] | None",
) -> "Source":
    from tui.feed.aws.meter import LiveLimit
    from tui.feed.insights.last_lines import InsightsLastLines
    from tui.feed.sites import at_site, sites
    from tui.feed.tail.quotas import Quotas
    from tui.feed.tail.timing import Timing, timing_of_one_read

    heard: Heard | None = None
    if mask is not None:
        from tui.feed.masked import learn_names

        heard = partial(learn_names, mask)
    limit = None if watching.live_limit is None else LiveLimit(watching.live_limit)
    quotas = Quotas(SystemClock(), Timing() if follow else timing_of_one_read(), is_shared=not watching.is_one_account)
    read = partial(
        _named,
        watching,
        heard=heard,
        limit=limit,
        quotas=quotas,
        last_lines=InsightsLastLines(watching.insights_cost),
        follow=follow,
        details=details,
        trail=trail,
        look_back=look_back,
    )
    sources: dict[str, Source] = {}
    for name, site in roots(watching).items():
        search = search_for(watching, name, site, heard=heard)
        if search is not None:
            sources[name] = _searched(name, search, read, follow=follow)
        else:
            sources[name] = at_site(name, read(name, site)) if name else read(name, site)
    return sources.get("") or sites(sources)


def _searched(name: str, search: Search, read: "Callable[..., Source]", *, follow: bool) -> "Source":
    from tui.feed.found_sites import Found, FoundSites
    from tui.feed.sites import at_site

    async def find() -> Found:
        search_result = await search()
        beside = len(search_result.sites)
        return Found(
            {name: at_site(name, read(name, site, beside=beside)) for name, site in search_result.sites.items()},
            search_result.notices,
        )

    return FoundSites(name, find, follow=follow, clock=SystemClock(), nothing=search.nothing)


def given_names() -> "Naming":
    """Return the function that names a connection: as the config file does, or else by its Name tag."""
    names = config_in_force().names
    return lambda facts: names.get(facts.id, facts.name)


def _named(
    watching: Watching,
    name: str,
    site: Site,
    *,
    heard: "Heard | None",
    limit: "LiveLimit | None",
    quotas: "Quotas",
    last_lines: "LastLines",
    follow: bool,
    details: bool,
    trail: bool,
    look_back: "Callable[[str], LookBackReader] | None",
    beside: int = 1,
) -> "Source":
    """Return the source for one site, at least so many of which are read `beside` each other."""
    from tui.feed.named import Named
    from tui.feed.sites import timing_of_one
    from tui.feed.tail.tailer import Tailer

    clock = SystemClock()
    tailer = Tailer(
        target_of(site),
        selectors=with_ids(site.selectors),
        log_groups=site.log_groups,
        mode=watching.source,
        since=watching.since_ms(clock),
        follow=follow,
        details=details,
        trail=trail,
        clock=clock,
        timing=timing_of_one(max(len(watching.sites), beside)),
        quotas=quotas,
        last_lines=last_lines if look_back is None else None,
        source=name,
        heard=heard,
        live_limit=limit,
        look_back=None if look_back is None else look_back(name),
        asks_ec2=site.owner is not None,
    )
    return Named(tailer, given_names()) if config_in_force().names else tailer


def with_ids(selectors: Iterable[str]) -> tuple[str, ...]:
    """Return the selectors with ids instead of the names from the config file."""
    ids = {name.lower(): connection for connection, name in config_in_force().names.items()}
    return tuple(ids.get(selector.lower(), selector) for selector in selectors)
