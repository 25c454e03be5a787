"""Recognizes by their bytes the items of EC2's answers that were read before, so that they are not parsed again.

Each answer describes all connections, few of which have changed. Parsing 640 of them takes 0.3 s a minute.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

DIGEST: Final = "ItemDigest"
"""The key of an item's hash. A known item has no other key."""
_ITEM: Final = re.compile(rb"<(/?)item(?:\s[^<>]*?)?(/?)>")
_KNOWN: Final[ContextVar[Collection[int] | None]] = ContextVar("known items", default=None)


@contextmanager
def skipping_known_items(digests: Collection[int]) -> Iterator[None]:
    """Within this block, give each item of an answer a digest, and do not parse those with one of these `digests`."""
    token = _KNOWN.set(digests)
    try:
        yield
    finally:
        _KNOWN.reset(token)


def known_items() -> Collection[int] | None:
    """Return the digests of the items that need not be parsed; None outside of `skipping_known_items`."""
    return _KNOWN.get()


def without_known(body: bytes, known: Collection[int]) -> tuple[bytes, list[int]]:
    """Return an answer without the items that are known, and the digests of all its items in order.

    Returns the whole answer and no digests if it has comments or CDATA sections, in which text may look like a tag.
    """
    if b"<!" in body:
        return body, []
    parts, digests, depth, start, kept_until = list[bytes](), list[int](), 0, 0, 0
    for tag in _ITEM.finditer(body):
        closes, is_empty = tag.groups()
        if not depth:
            start = tag.start()
        depth += 0 if is_empty else -1 if closes else 1
        if depth:
            continue
        digests.append(hash(body[start : tag.end()]))
        if digests[-1] in known:
            parts.append(body[kept_until:start])
            kept_until = tag.end()
    return b"".join((*parts, body[kept_until:])) if parts else body, digests
