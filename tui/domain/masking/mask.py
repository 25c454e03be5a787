"""Masks texts: log messages, and what AWS and the program say.

A masked text keeps its form, so that it is parsed, matched and diagnosed like the original. AS numbers, algorithms,
SPIs, states, times and regions stay: they show what is wrong, not whose tunnel it is.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from tui.domain.masking.aliases import Aliases
from tui.domain.masking.identifiers import IDENTITY, IN_MESSAGES, IN_TEXT, QUOTED, is_ike_notification, is_public_host

_REMEMBERED: Final = 8_192
"""The messages whose masked form is cached: a log repeats the same few."""
_NOT_A_WORD: Final = re.compile(r"[^A-Za-z]")
_MEANINGLESS: Final = frozenset({"default", ""})
_ARN: Final = re.compile(r"(arn:[^:]*:[^:]*:[^:]*:)([^:]*)(:?)(.*)", re.DOTALL)
_RESOURCE: Final = re.compile(r"([a-z-]+[/:])?(.*)", re.DOTALL)


class Mask:
    """Replaces identifiers by the aliases of one run. `words` are names from the user: profile, selectors, groups."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.aliases = Aliases()
        self._names: dict[str, str] = {}
        self._known: dict[tuple[Callable[[Mask, str], str], str], str] = {}
        for word in words:
            self.learn_name(word)

    def __repr__(self) -> str:
        return f"Mask({self.aliases!r})"

    # --- names, which cannot be recognised by their form

    def learn_name(self, name: str, alias: str = "") -> None:
        """Replace a name wherever it occurs from now on, by `alias` or by a numbered word."""
        if name not in _MEANINGLESS and name not in self._names and not IN_MESSAGES.fullmatch(name):
            self._names[name] = alias or self.aliases.word("name", name)
            self._known.clear()

    def learn_connections(self, named: Iterable[tuple[str, str]]) -> None:
        """Register connections as pairs of id and Name tag; those registered together get letters in order of name."""
        for connection, name in sorted(named, key=lambda pair: (pair[1] or "~", pair[0])):
            self.learn_name(name, self.aliases.connection_name(connection))

    def group(self, name: str) -> str:
        """Return the alias of a log group's name."""
        if not name:
            return ""
        self.learn_name(name, f"/{self.aliases.word('log-group', name.removeprefix('/'))}")
        return self._names.get(name) or self.text(name)

    # --- texts

    def text(self, text: str) -> str:
        """Return a text of ours, of AWS's or of the user's without identifiers."""
        return IN_TEXT.sub(self._by_form, self._without_names(text, self._names))

    def note(self, text: str) -> str:
        """Return a text that the user typed, without identifiers and names, which may be written in any case."""
        for name in sorted(self._names, key=len, reverse=True):
            text = re.sub(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", self._names[name], text, flags=re.IGNORECASE)
        return self.text(text)

    def message(self, message: str) -> str:
        """Return a log message without identifiers, including what a device says about itself."""
        return self.remembered(Mask._masked_message, message)

    def remembered(self, masked: "Callable[[Mask, str], str]", original: str) -> str:
        """Return `masked(self, original)`, from a cache if it was computed before."""
        key = masked, original
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = masked(self, original)
        return known

    def plain_message(self, message: str) -> str:
        """Return a message without the identifiers recognisable by their form."""
        # A connection may be named "tunnel" or "AWS", but in a message such a word is AWS's own.
        return IN_MESSAGES.sub(self._by_form, self._without_names(message, filter(_NOT_A_WORD.search, self._names)))

    def _without_names(self, text: str, names: Iterable[str]) -> str:
        for name in sorted((name for name in names if name in text), key=len, reverse=True):
            text = re.sub(rf"(?<![\w./-]){re.escape(name)}(?![\w-])", self._names[name], text)
        return text

    def _masked_message(self, message: str) -> str:
        message = QUOTED.sub(self._quoted, message)
        message = IDENTITY.sub(lambda match: match["before"] + self._identity(match["value"]), message)
        return self.plain_message(message)

    def _quoted(self, match: re.Match[str]) -> str:
        inside = match["inside"]
        return match[0] if is_ike_notification(inside) else f"{match['open']}{self._identity(inside)}{match['close']}"

    def _identity(self, value: str) -> str:
        if value in self._names:
            return self._names[value]
        match = IN_MESSAGES.fullmatch(value)
        return self._by_form(match) if match else self.aliases.word("identity", value)

    # --- identifiers by their form

    def _by_form(self, match: re.Match[str]) -> str:
        return _BY_FORM[match.lastgroup or ""](self, match[0])

    def _address(self, spelled: str) -> str:
        # Leading zeros are not part of an address. Something that only looks like an address, such as a time, stays.
        plain = re.sub(r"(?<![0-9A-Fa-f:])0+(?=\d)", "", spelled) if "." in spelled else spelled
        address, slash, length = plain.partition("/")
        alias = self.aliases.address(plain)
        return alias or (f"{self.aliases.address(address) or address}/{length}" if slash else spelled)

    def _dashed(self, spelled: str) -> str:
        return self._address(spelled.replace("-", ".")).replace(".", "-")

    def _account(self, spelled: str) -> str:
        alias = self.aliases.account(spelled.replace("-", ""))
        return "-".join((alias[:4], alias[4:8], alias[8:])) if "-" in spelled else alias

    def _identifier(self, spelled: str) -> str:
        kind, _, tail = spelled.rpartition("-")
        return self.aliases.identifier(kind, tail)

    def _arn(self, spelled: str) -> str:
        match = _ARN.fullmatch(spelled)
        if match is None:
            return spelled
        start, account, colon, resource = match.groups()
        if account.isdecimal():
            account = self.aliases.account(account)
        if not resource:
            return f"{start}{account}{colon}"
        kind, name = _RESOURCE.fullmatch(resource).groups()  # type: ignore[union-attr] # it matches anything
        if kind == "log-group:":
            name = self.group(name.removesuffix(":*"))
        elif IN_MESSAGES.fullmatch(name) or name in self._names:
            name = self._identity(name)
        else:
            name = self.aliases.word("name", name)
        return f"{start}{account}{colon}{kind or ''}{name}"

    def _url(self, spelled: str) -> str:
        try:
            parts = urlsplit(spelled)
            host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
        except ValueError:
            host, port = spelled, ""
        match = IN_MESSAGES.fullmatch(host)
        masked = self._by_form(match) if match else "localhost" if host == "localhost" else self._host(host)
        return f"{spelled.partition('://')[0]}://{masked}{port}"

    def _host(self, spelled: str) -> str:
        return spelled if is_public_host(spelled) else f"{self.aliases.word('host', spelled.lower())}.invalid"

    def _subject(self, spelled: str) -> str:
        return f"CN={self.aliases.word('identity', spelled.removeprefix('CN='))}"

    def _mail(self, spelled: str) -> str:
        return f"{self.aliases.word('user', spelled.lower().removesuffix('@host.invalid'))}@host.invalid"

    def _path(self, spelled: str) -> str:
        is_alias = spelled in self._names.values()
        return spelled if is_alias else f"/{self.aliases.word('path', spelled.removeprefix('/'))}"


_BY_FORM: Final[dict[str, Callable[[Mask, str], str]]] = {
    "arn": Mask._arn,
    "url": Mask._url,
    "mail": Mask._mail,
    "ipv6": Mask._address,
    "ipv4": Mask._address,
    "dashed": Mask._dashed,
    "id": Mask._identifier,
    "account": Mask._account,
    "key": lambda mask, spelled: mask.aliases.word("key", spelled),
    "subject": Mask._subject,
    "host": Mask._host,
    "group": Mask.group,
    "path": Mask._path,
}
"""The masking function for each group of the expressions."""
