"""Only its owner can read the file of the last copy, and it is written nowhere else."""

import stat
from pathlib import Path

import pytest

from tui.app.files.copy_file import copy_to_file


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "tunnelwatch").mkdir()
    return tmp_path / "tunnelwatch"


def test_a_link_in_its_place_leads_the_text_nowhere(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    (folder / "copied.txt").symlink_to(elsewhere)
    file = copy_to_file("a secret")
    assert elsewhere.read_text() == "untouched"
    assert not file.is_symlink()
    assert file.read_text() == "a secret"


def test_a_file_that_others_could_read_does_not_pass_that_on(folder: Path) -> None:
    (folder / "copied.txt").touch(0o644)
    assert stat.S_IMODE(copy_to_file("a secret").stat().st_mode) == 0o600


def test_a_second_copy_is_appended_and_the_first_is_kept(folder: Path) -> None:
    copy_to_file("first\n")
    assert copy_to_file("second\n").read_text() == "first\n\nsecond\n"
