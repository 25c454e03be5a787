"""The schema of the TOML files: the dataclass decides, and each mistake is one clear error."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType

import pytest

from tui.domain.knowledge.schema import SchemaError, build, parse_toml

Seconds = NewType("Seconds", float)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Wheel:
    name: str
    size: float = 1.0

    def __post_init__(self) -> None:
        if self.size <= 0:
            raise ValueError("a wheel has a size")


@dataclass(frozen=True)
class Cart:
    title: str
    wheels: tuple[Wheel, ...]
    kind: Colour = field(default=Colour.RED, metadata={"key": "colour"})
    others: frozenset[Colour] | None = None
    load: int = 0
    is_full: bool = False
    lasts: Seconds | None = None


WHEELS = '[[wheels]]\nname = "left"\n'


def cart(text: str) -> Cart:
    return build(Cart, parse_toml(text, file="cart.toml"), entry="cart.toml", readers={Seconds: float})


def test_a_table_becomes_its_dataclass() -> None:
    text = 'title = "a\\n  b"\ncolour = "blue"\nothers = ["red"]\nload = 3\nis_full = true\nlasts = "2.5"\n' + WHEELS
    assert cart(text) == Cart("a b", (Wheel("left"),), Colour.BLUE, frozenset({Colour.RED}), 3, True, Seconds(2.5))


def test_a_whole_number_serves_where_any_number_does() -> None:
    assert cart(f'title = "x"\n{WHEELS}size = 2').wheels == (Wheel("left", 2),)


def test_a_given_field_does_not_come_from_the_table() -> None:
    wheel: dict[str, Any] = {"size": 2.0}
    assert build(Wheel, wheel, entry="here", name="given") == Wheel("given", 2.0)
    with pytest.raises(SchemaError, match="unknown `name`"):
        build(Wheel, wheel | {"name": "own"}, entry="here", name="given")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title =", "cart.toml: not TOML"),
        (WHEELS, "cart.toml: missing `title`"),
        ('titel = "x"\ntitle = "x"', "cart.toml: unknown `titel`"),
        ('title = " "', "cart.toml: missing `wheels`"),
        ('title = " "\n' + WHEELS, "cart.toml: `title` must be a text"),
        ('title = "x"\nwheels = []', "cart.toml: `wheels` is empty: it needs one at least"),
        ('title = "x"\nwheels = 4', "cart.toml: `wheels` must be a list"),
        ('title = "x"\nwheels = [4]', "cart.toml: wheels 1: expected a table"),
        (f'title = "x"\n{WHEELS}size = "big"', "cart.toml: wheels 'left': `size` must be a number"),
        (f'title = "x"\n{WHEELS}size = -1', "cart.toml: wheels 'left': a wheel has a size"),
        (f'title = "x"\nkind = "red"\n{WHEELS}', "cart.toml: unknown `kind`"),
        (f'title = "x"\ncolour = "green"\n{WHEELS}', "cart.toml: unknown colour 'green'; known: red, blue"),
        (f'title = "x"\ncolour = 4\n{WHEELS}', "cart.toml: unknown colour 4; known: red, blue"),
        (f'title = "x"\nothers = ["green"]\n{WHEELS}', "cart.toml: unknown others 'green'; known: red, blue"),
        (f'title = "x"\nload = true\n{WHEELS}', "cart.toml: `load` must be a whole number"),
        (f'title = "x"\nload = 1.5\n{WHEELS}', "cart.toml: `load` must be a whole number"),
        (f'title = "x"\nis_full = 1\n{WHEELS}', "cart.toml: `is_full` must be true or false"),
        (f'title = "x"\nlasts = "long"\n{WHEELS}', "cart.toml: `lasts`: could not convert"),
        (f'title = "x"\nlasts = []\n{WHEELS}', "cart.toml: `lasts`: float() argument"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(SchemaError) as raised:
        cart(text)
    assert str(raised.value).startswith(reason)
