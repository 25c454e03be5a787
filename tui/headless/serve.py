"""`tunnelwatch demo --serve`: the endpoint alone, for other clients."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

from tui.demo import RunningDemo


async def serve_demo(opening: AbstractAsyncContextManager[RunningDemo], write: Callable[[str], object]) -> None:
    """Serve until cancelled; `write` receives what a client needs, as lines that a shell can read."""
    async with opening as running:
        for line in (*_client_lines(running), *(_site_lines(running) if running.sites else ())):
            write(line)
        write("# ctrl+c ends it.")
        await asyncio.Event().wait()


def _client_lines(running: RunningDemo) -> Iterator[str]:
    groups = running.log_groups
    yield f"export AWS_ENDPOINT_URL={running.url} AWS_REGION={running.region} AWS_DEFAULT_REGION={running.region}"
    yield "export AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo AWS_DISABLE_HOST_PREFIX_INJECTION=true"
    yield f"# Log groups: {' '.join(groups)}"
    yield "# With these in another shell:  tunnelwatch  |  tunnelwatch status  |  tunnelwatch tail --json"
    yield f"#   aws logs filter-log-events --log-group-name {groups[0]}"
    yield f"#   aws logs tail {groups[0]} --follow   (AWS CLI 2)"


def _site_lines(running: RunningDemo) -> Iterator[str]:
    """Yield the sites as config file lines, each behind `#= `: `sed -n 's/^#= //p'` extracts the file."""
    roles = [site for site in running.sites if site.account.role]
    if roles:
        site = roles[0]
        options = f"--role-arn {site.account.role_arn} --external-id {site.external_id} --role-session-name me"
        yield f"#   aws sts assume-role {options}"
    yield "# Sites, for a config file (sed -n 's/^#= //p'), and then  tunnelwatch --config FILE --all-sites"
    for site in running.sites:
        yield f"#= [sites.{site.name}]"
        values = {
            "region": site.account.region,
            "role_arn": site.account.role_arn,
            "external_id": site.external_id,
        }
        yield from (f'#= {key} = "{value}"' for key, value in values.items() if value)
