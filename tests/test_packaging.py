"""The installed packages fit together, and the package contains its data."""

import subprocess
import sys
import tarfile
import tomllib
from importlib.metadata import requires, version
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = [Requirement(text) for text in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"])]


def declared(name: str) -> SpecifierSet:
    return next(requirement.specifier for requirement in DECLARED if requirement.name == name)


def test_the_wheel_carries_every_file_of_the_package_and_nothing_else(tmp_path: Path) -> None:
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as packed:
        carried = {name for name in packed.namelist() if ".dist-info/" not in name}
    ours = [each for each in (ROOT / "tui").rglob("*") if each.is_file() and each.suffix != ".pyc"]
    assert carried == {file.relative_to(ROOT).as_posix() for file in ours}
    assert {"tui/py.typed", "tui/app/app.tcss", "tui/domain/knowledge/messages.toml"} <= carried


def test_the_sdist_holds_the_sources_and_what_their_tests_need(tmp_path: Path) -> None:
    build = "import sys; from hatchling.build import build_sdist; build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        held = {name.partition("/")[2] for name in packed.getnames()}
    wanted = [each for folder in ("tui", "tests", "screenshots") for each in files_in(folder)]
    assert {each.relative_to(ROOT).as_posix() for each in wanted} <= held
    assert {"README.md", "CHANGELOG.md", "pyproject.toml"} <= held


def files_in(folder: str) -> list[Path]:
    return [each for each in (ROOT / folder).rglob("*") if each.is_file() and "__pycache__" not in each.parts]


@pytest.mark.parametrize("requirement", DECLARED, ids=str)
def test_what_is_declared_allows_what_is_installed_and_names_both_ends(requirement: Requirement) -> None:
    assert version(requirement.name) in requirement.specifier
    # With an open range pip searched for six minutes.
    assert {specifier.operator for specifier in requirement.specifier} == {">=", "<"}


def test_boto3_and_aiobotocore_are_declared_as_a_matching_pair() -> None:
    wanted = next(each for each in map(Requirement, requires("aiobotocore") or []) if each.name == "botocore")
    boto3 = version("boto3")
    assert boto3 in declared("boto3")
    assert version("aiobotocore") in declared("aiobotocore")
    # botocore and boto3 are released together under one number.
    assert version("botocore") in wanted.specifier
    assert boto3 in wanted.specifier


def test_the_declared_boto3_range_allows_nothing_that_aiobotocore_refuses() -> None:
    wanted = next(each for each in map(Requirement, requires("aiobotocore") or []) if each.name == "botocore")
    bounds = {specifier.version for specifier in declared("boto3")}
    assert bounds <= {specifier.version for specifier in wanted.specifier}
