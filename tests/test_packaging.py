"""What is installed fits together, and the package carries its data."""

import tomllib
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]


def declared(name: str) -> SpecifierSet:
    return next(each.specifier for each in map(Requirement, PROJECT["dependencies"]) if each.name == name)


def test_boto3_and_aiobotocore_are_declared_as_a_matching_pair():
    wanted = next(each for each in map(Requirement, requires("aiobotocore") or []) if each.name == "botocore")
    boto3 = version("boto3")
    assert boto3 in declared("boto3")
    assert version("aiobotocore") in declared("aiobotocore")
    # botocore and boto3 are released together under one number.
    assert version("botocore") in wanted.specifier
    assert boto3 in wanted.specifier


def test_the_declared_boto3_range_allows_nothing_that_aiobotocore_refuses():
    wanted = next(each for each in map(Requirement, requires("aiobotocore") or []) if each.name == "botocore")
    bounds = {specifier.version for specifier in declared("boto3")}
    assert bounds <= {specifier.version for specifier in wanted.specifier}
