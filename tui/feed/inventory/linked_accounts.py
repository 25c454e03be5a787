"""The accounts whose logs a monitoring account may read, and their log groups with VPN logs.

Source: Amazon CloudWatch user guide, "CloudWatch cross-account observability"; CloudWatch Logs API reference,
DescribeLogGroups (`includeLinkedAccounts`).
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tui.domain.text import clean
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import LogGroup, dicts_in, find_linked_vpn_groups, names_in

log = logging.getLogger("tunnelwatch.feed.inventory.linked_accounts")

_LABEL: Final = re.compile(r"[\w.@+-]{1,40}")
"""A label usable as a prefix of connection names; otherwise the account's number is used."""


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """An account that shares its logs; `label` is that of its link, or its number."""

    number: str
    label: str
    groups: tuple[LogGroup, ...]


async def linked_accounts(aws: Aws) -> tuple[str, tuple[LinkedAccount, ...]]:
    """Return our own account's number, and the linked accounts with VPN logs, sorted by label.

    Raises FeedError if the account is unknown or its log groups cannot be listed.
    """
    answer = await aws.call("sts:GetCallerIdentity", "this account")
    ours = str(answer.get("Account") or "")
    groups, labels = await asyncio.gather(find_linked_vpn_groups(aws, ours=ours), _labels(aws))
    by_account: dict[str, list[LogGroup]] = {}
    for group in groups:
        by_account.setdefault(group.account, []).append(group)
    accounts = [LinkedAccount(number, labels.get(number, number), tuple(held)) for number, held in by_account.items()]
    return ours, tuple(sorted(accounts, key=lambda account: account.label))


async def _labels(aws: Aws) -> Mapping[str, str]:
    """Return the labels of the linked accounts by number; none if the links cannot be listed."""
    labels: dict[str, str] = {}
    try:
        sinks = await aws.call("oam:ListSinks", "the sinks of this account")
        for sink in names_in(sinks, "Items", "Arn"):
            async for link in _links(aws, sink):
                if _LABEL.fullmatch(label := clean(str(link.get("Label") or ""))):
                    labels[_account_of(str(link.get("LinkArn")))] = label
    except FeedError as error:
        if error.kind.ends_session:
            raise
        log.info("the labels of linked accounts are not known: %s", error.kind)
    # Labels are chosen by the source accounts: one used by two of them is ambiguous.
    names = list(labels.values())
    return {number: label for number, label in labels.items() if names.count(label) == 1}


async def _links(aws: Aws, sink: str) -> AsyncIterator[Mapping[str, Any]]:
    request: dict[str, Any] = {"SinkIdentifier": sink}
    while True:
        answer = await aws.call("oam:ListAttachedLinks", "the accounts linked to this one", **request)
        for link in dicts_in(answer, "Items"):
            yield link
        token = answer.get("NextToken")
        if not isinstance(token, str) or token == request.get("NextToken"):
            return
        request["NextToken"] = token


def _account_of(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""
