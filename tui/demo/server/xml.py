"""XML answers of the query protocols: dictionaries become elements, lists become repeated elements."""

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Value = str | int | bool | None | Mapping[str, "Value"] | Sequence["Value"]


def element(name: str, value: Value, *, member: str = "item") -> str:
    """Return `value` as an element; None values and characters that XML does not allow are left out.

    `member` is the name of list items: `item` for EC2, `member` for other services.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str | int):
        text = escape(_NOT_XML.sub("", str(value)))
    elif isinstance(value, Mapping):
        text = "".join(element(key, item, member=member) for key, item in value.items())
    else:
        text = "".join(element(member, item, member=member) for item in value)
    return f"<{name}>{text}</{name}>"
