"""The phrases of `phrases.toml`: all that a diagnosis says in our words, beside the sentences of `causes.toml`."""

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources


def in_words(key: str, **places: str) -> str:
    """Return the phrase of that key with its places filled; KeyError where there is none."""
    return _texts()[key].format(**places)


@functools.cache
def _texts() -> Mapping[str, str]:
    document = tomllib.loads((resources.files(__package__) / "phrases.toml").read_text(encoding="utf-8"))
    return {key: " ".join(str(text).split()) for key, text in document.items()}
