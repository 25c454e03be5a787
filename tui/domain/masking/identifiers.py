"""Patterns of identifiers in text: addresses, ids, accounts, and the names of hosts, people and certificates.

`IN_TEXT` and `IN_MESSAGES` match identifiers recognisable by their form. The others match what a device says about
itself in an IKE message, by its context: quotes, and strongSwan's words for an identity.
"""

import re
from typing import Final

_RDN: Final = r"\b(?:CN|OU|DC|ST|SN|UID|emailAddress|serialNumber|[CLOES]) ?= ?"
_LABEL: Final = (r"\w{5}:", *(rf"[G-Zg-z_-][0-9A-Fa-f]{{{count}}}:" for count in range(4)))
"""What may precede an IPv6 address, as in `peer:2001:db8::1`, and cannot be its first part."""
_START: Final = "|".join((r"(?<![0-9A-Za-z:.])", *(f"(?<={label})" for label in _LABEL)))
_FORMS: Final = {
    "arn": r"\barn:aws[a-z-]*:[^\s\"'<>,;)\]}]+",
    "url": r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s\"'<>)\]}]+",
    "mail": r"(?<![\w.+%-])[\w.+%-]++@[\w-]+(?:\.[\w-]+)*",
    "host": r"(?<![\w@/.-])(?:[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9])?\.)+"
    r"(?!log\b)(?:xn--[\w-]{1,59}|[A-Za-z]{2,24})(?![\w-])",
    "ipv6": rf"(?=[0-9A-Fa-f]{{0,4}}:)(?:{_START})(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}"
    r"(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{1,4})?(?:/\d{1,3})?(?![0-9A-Za-z:])",
    "ipv4": r"(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?!\d|\.\d)",
    "dashed": r"(?<![\d.])(?:\d{1,3}-){3}\d{1,3}(?![\w-])",
    "id": r"(?<![0-9A-Za-z])(?i:tgw-[a-z]{3,8}|[a-z]{1,16})-(?:[0-9A-Fa-f]{8,17})(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])(?i:vpn|cgw|vgw|tgw)-(?=[A-Za-z]{0,8}\d)[0-9A-Za-z]{1,32}(?![0-9A-Za-z])",
    "account": r"(?<![0-9A-Za-z.])(?:\d{12}|\d{4}-\d{4}-\d{4})(?![0-9A-Za-z])",
    "key": r"(?<![0-9A-Za-z])A(?:BIA|CCA|GPA|IDA|IPA|KIA|NPA|NVA|PKA|ROA|SCA|SIA)[0-9A-Z]{12,28}(?![0-9A-Za-z])",
    "subject": rf"(?:{_RDN}[^\"'=,<>]{{1,80}},\s?)*{_RDN}[^\s\"',<>]+(?: [A-Z][\w.&-]*)*",
}
_IN_OUR_OWN_TEXT: Final = {
    "group": r"(?<=og group )(?!was |of |that |with |by )[^\s\"',;]+[^\s\"',;.:]",
    "path": r"(?<![\w:/.>-])/(?:[\w.#@+=-]+/)*[\w.#@+=-]*[\w#@+=-]",
}


def _any_of(forms: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in forms.items()))


IN_MESSAGES: Final = _any_of(_FORMS)
"""Identifiers in a log message; the name of the matching group is the kind."""
IN_TEXT: Final = _any_of(_IN_OUR_OWN_TEXT | _FORMS)
"""Identifiers in a text of ours or of AWS's, which may also name log groups and files."""

QUOTED: Final = re.compile(r"(?<!\w)(?P<open>[\"'“‘])(?P<inside>[^\"'“”‘’]{1,400})(?P<close>[\"'”’])(?!\w)")
_PROTOCOL: Final = re.compile(r"no proposal chosen\.?|[A-Z][A-Z0-9]*_[A-Z0-9_]+", re.IGNORECASE)

IDENTITY: Final = re.compile(
    r"(?P<before>"
    r"\bID_(?:FQDN|USER_FQDN|RFC822(?:_ADDR)?|KEY_ID|DER_ASN1_\w{2})\b[\s:=()]{1,4}"
    r"|\b(?:authentication of|for peer|host ?name) (?!CGW\b|AWS\b|the\b|an?\b|peer\b)"
    r"|\b(?:identity|user|subject|device|peer|peer config) (?=[\w.@+-]*(?:[\d@_]|\.\w))"
    r")(?P<value>[^\s\"'“‘,;:()]+)"
)
"""An unquoted identity after the words that introduce it."""


def is_ike_notification(quoted: str) -> bool:
    """Whether a quoted text is an IKE notification, such as "No proposal chosen", rather than a device."""
    return _PROTOCOL.fullmatch(quoted.strip()) is not None


_PUBLIC_HOST: Final = re.compile(
    r"(?!.*(?:\d+-){3}\d)(?!.*-[0-9a-f]{8,17}\b)(?:.*\.)?(?:amazonaws\.com(?:\.cn)?|amazon\.com|api\.aws|invalid)",
    re.IGNORECASE,
)


def is_public_host(host: str) -> bool:
    """Whether a host name reveals nothing about the customer: an AWS service, or an alias."""
    return _PUBLIC_HOST.fullmatch(host) is not None
