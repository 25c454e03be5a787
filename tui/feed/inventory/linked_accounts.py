"""The accounts whose logs a monitoring account may read, and their log groups that hold VPN logs.

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
"""A label that can stand before a connection's name; a longer or stranger one gives way to the account's number."""


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    """An account that shares its logs; `label` is what its link calls it, or its number."""

    number: str
    label: str
    groups: tuple[LogGroup, ...]


async def linked_accounts(aws: Aws) -> tuple[str, tuple[LinkedAccount, ...]]:
    """Return our own account's number, and the accounts with VPN logs that are linked to it, by their labels.

    Raises FeedError where the account is not known or its log groups may not be listed.
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
    """Return the labels of the linked accounts by their numbers; none where the links may not be listed."""
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
    # Labels are the source accounts' own choice: one that two of them have says nothing.
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
