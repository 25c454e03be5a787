"""The phrases in `phrases.toml`: all words of a diagnosis besides the sentences in `causes.toml`."""

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources


def in_words(key: str, **values: str) -> str:
    """Return the phrase for a key with its placeholders filled; raises KeyError if there is none."""
    return _texts()[key].format(**values)


@functools.cache
def _texts() -> Mapping[str, str]:
    document = tomllib.loads((resources.files(__package__) / "phrases.toml").read_text(encoding="utf-8"))
    return {key: " ".join(str(text).split()) for key, text in document.items()}
