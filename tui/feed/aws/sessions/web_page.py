"""Detects a web page in place of an answer from AWS: a blocking proxy, a network sign-in, a load balancer.

The APIs used here never answer with HTML.
"""

import re
from typing import Any, Final

from tui.domain.text import clean
from tui.feed.aws.errors import WebPageError

_PAGE: Final = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_TITLE: Final = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)
_READ: Final = 4_000
"""The characters of a page in which its title is searched for."""
_LONGEST_TITLE: Final = 60


def refuse_web_page(response: Any) -> None:
    """Raise WebPageError if a botocore response (`body`, `status_code`) is a web page.

    Pages with a status of 500 or above pass: botocore repeats the request, as for AWS's own load balancers.
    """
    body = response["body"]
    if isinstance(body, bytes) and response["status_code"] < 500 and body.lstrip()[:1] == b"<":
        page = described(body[:_READ].decode(errors="replace"))
        if page:
            raise WebPageError(f"HTTP {response['status_code']}, {page}")


def described(text: str) -> str:
    """Return `a web page` with its title, if any, for the text of one; empty for any other text."""
    text = text[:_READ]
    if not _PAGE.match(text):
        return ""
    title = _TITLE.search(text)
    words = " ".join(clean(title[1]).split()) if title else ""
    if len(words) > _LONGEST_TITLE:
        words = words[: _LONGEST_TITLE - 1] + "…"
    return f"a web page titled “{words}”" if words else "a web page"
