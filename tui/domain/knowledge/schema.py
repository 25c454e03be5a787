"""TOML tables as typed values: a dataclass is the schema of a table, and any mismatch is one clear error."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Readers = Mapping[Any, Callable[[Any], object]]
"""Converters from TOML values to further types. A reader raises ValueError with the reason."""

_PLAIN: Final[Mapping[Any, str]] = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
_LISTS: Final = (tuple, frozenset)


class SchemaError(ValueError):
    """A TOML file does not match its schema; the message names the file, the entry and the fault."""


def parse_toml(text: str, *, file: str) -> dict[str, object]:
    """Return the document as tables; raises `SchemaError` if it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SchemaError(f"{file}: not TOML: {error}") from error


def build(cls: type[T], table: object, *, entry: str, readers: Readers | None = None, **given: object) -> T:
    """Return an instance of the dataclass `cls` built from a table; raises `SchemaError`, which begins with `entry`.

    A field's annotation determines its value: a string (white space is collapsed, since prose may run over lines), a
    number, a boolean, a `StrEnum`, another dataclass, a list of these (`tuple[X, ...]`, `frozenset[X]`), or a type in
    `readers`. A field without a default is required, and if it is a list, it must not be empty. `given` fields do not
    come from the table. Metadata `key` is the key of a field whose name differs in the file.
    """
    if not isinstance(table, dict):
        raise SchemaError(f"{entry}: expected a table")
    columns = _columns(cls)  # type: ignore[arg-type] # mypy considers type[T] unhashable
    known = {key for key, (field, _) in columns.items() if field.name not in given}
    required = {key for key in known if _is_required(columns[key][0])}
    for keys, fault in ((table.keys() - known, "unknown"), (required - table.keys(), "missing")):
        if keys:
            raise SchemaError(f"{entry}: {fault} {', '.join(f'`{key}`' for key in sorted(keys))}")
    values = dict(given)
    for key, value in table.items():
        field, hint = columns[key]
        values[field.name] = _value(value, hint, key, entry, readers or {})
        if key in required and value == []:
            raise SchemaError(f"{entry}: `{key}` is empty: it needs one at least")
    try:
        return cls(**values)
    except ValueError as error:
        raise SchemaError(f"{entry}: {error}") from None


@cache
def _columns(cls: Any) -> Mapping[str, tuple["Field[Any]", Any]]:
    """Return the fields of a dataclass and their types, by the keys used in the file."""
    hints = get_type_hints(cls)
    return {field.metadata.get("key", field.name): (field, hints[field.name]) for field in fields(cls) if field.init}


def _is_required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _value(value: object, hint: Any, key: str, entry: str, readers: Readers) -> object:
    """Return the value of a key, converted to the annotation `hint`."""
    if get_origin(hint) in (Union, UnionType):  # TOML has no null: an optional value is present or its key is missing
        (hint,) = (member for member in get_args(hint) if member is not NoneType)
    if hint in _PLAIN:
        return _plain(value, hint, key, entry)
    if hint in readers:
        try:
            return readers[hint](value)
        except (AttributeError, TypeError, ValueError) as error:
            raise SchemaError(f"{entry}: `{key}`: {error}") from None
    if get_origin(hint) in _LISTS:
        kind = get_args(hint)[0]
        if not isinstance(value, list):
            raise SchemaError(f"{entry}: `{key}` must be a list")
        entries = [_name(key, number, item) for number, item in enumerate(value, start=1)]
        return get_origin(hint)(
            _value(item, kind, key, f"{entry}: {name}" if is_dataclass(kind) else entry, readers)
            for item, name in zip(value, entries, strict=True)
        )
    if is_dataclass(hint):
        return build(hint, value, entry=entry, readers=readers)  # type: ignore[arg-type] # an instance is no annotation
    return _one_of(hint, value, key, entry)


def _one_of(kind: type[StrEnum], value: object, key: str, entry: str) -> StrEnum:
    if value not in list(kind):
        raise SchemaError(f"{entry}: unknown {key} {value!r}; known: {', '.join(kind)}")
    return kind(str(value))


def _plain(value: object, hint: Any, key: str, entry: str) -> object:
    fits = type(value) is hint or (hint is float and type(value) is int)
    if not fits or (isinstance(value, str) and not value.strip()):
        raise SchemaError(f"{entry}: `{key}` must be {_PLAIN[hint]}")
    return " ".join(value.split()) if isinstance(value, str) else value


def _name(key: str, number: int, item: object) -> str:
    """Return the name of a list's table for errors: its id or name if it has one, else its number."""
    names = [item[name] for name in ("id", "name") if isinstance(item.get(name), str)] if isinstance(item, dict) else []
    return f"{key} {names[0]!r}" if names else f"{key} {number}"
