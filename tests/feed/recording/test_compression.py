"""What was compressed is read back, in a Python with LZMA and in one without."""

import sys
from importlib import reload

import pytest

from tui.feed.recording import compression

TEXT = b"the same words again and again " * 1_000


@pytest.mark.parametrize("has_lzma", [True, False])
def test_what_was_compressed_is_read_back(has_lzma: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        with monkeypatch.context() as patch:
            if not has_lzma:
                patch.setitem(sys.modules, "lzma", None)
            reload(compression)
            packed = compression.compress(memoryview(TEXT))
            assert compression.decompress(packed) == TEXT
            assert len(packed) < len(TEXT) // 10
    finally:
        reload(compression)
