"""Converts frozen dataclasses to JSON and back: their annotations are the schema."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
Json = dict[str, Any]
_PLAIN: Final = (str, int, bool)


def to_json(value: object) -> Any:
    """Return a value for JSON; for a dataclass, only the fields that differ from their defaults."""
    if is_dataclass(value) and not isinstance(value, type):
        blank = _blank(type(value))
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: to_json(item) for name, item in held.items() if name not in blank or item != blank[name]}
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return value  # a string, a number, a boolean, None, a string enum, or a dict of strings


def from_json(cls: type[T], data: object) -> T:
    """Return the dataclass `cls` from which `to_json` made `data`. Unknown keys are ignored.

    Raises ValueError if the data does not match.
    """
    if not isinstance(data, dict):
        raise ValueError(f"{cls.__name__} must be an object")
    hints = _hints(cls)  # type: ignore[arg-type] # mypy considers type[T] unhashable
    values = {name: _read(hints[name], item) for name, item in data.items() if name in hints}
    try:
        return cls(**values)
    except TypeError as missing:
        raise ValueError(str(missing)) from None


@cache
def _hints(cls: Any) -> Mapping[str, Any]:
    return get_type_hints(cls)


@cache
def _blank(cls: Any) -> Mapping[str, object]:
    """Return the default values of a dataclass's fields, by name."""
    made = cls(**dict.fromkeys(_required(cls)))
    return {field.name: getattr(made, field.name) for field in fields(cls) if field.name not in _required(cls)}


@cache
def _required(cls: Any) -> frozenset[str]:
    return frozenset(
        field.name for field in fields(cls) if field.default is MISSING and field.default_factory is MISSING
    )


def _read(hint: Any, data: Any) -> Any:
    """Return `data` converted to an annotation."""
    if get_origin(hint) is UnionType:
        if data is None:
            return None
        (hint,) = (member for member in get_args(hint) if member is not NoneType)
    if get_origin(hint) is tuple:
        return _read_tuple(get_args(hint), data)
    if get_origin(hint) is dict:
        return {_read(str, key): _read(str, item) for key, item in _expected(dict, data).items()}
    if is_dataclass(hint):
        return from_json(hint, data)  # type: ignore[arg-type] # an instance is no annotation
    reader: Callable[[Any], object] = hint
    return _expected(hint, data) if hint in _PLAIN else reader(_expected(str, data))


def _read_tuple(kinds: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    items = _expected(list, data)
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], item) for item in items)
    return tuple(_read(kind, item) for kind, item in zip(kinds, items, strict=True))


def _expected(kind: type[T], data: object) -> T:
    if type(data) is not kind:
        raise ValueError(f"{data!r:.40} is not of type {kind.__name__}")
    return data
