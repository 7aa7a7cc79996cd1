"""Scripts are loaded with the scripts that they use."""

from importlib import resources

import pytest

from pushgate.redis.scripts import portions, script

PACKAGES = ("apps", "dispatch", "fleet", "ledger", "messages", "redis", "terminals", "worker")
NAMES = [
    (f"pushgate.{package}", file.name.removesuffix(".lua"))
    for package in PACKAGES
    for file in resources.files(f"pushgate.{package}").iterdir()
    if file.name.endswith(".lua")
]


def test_items_are_cut_into_portions() -> None:
    assert [list(portion) for portion in portions([1, 2, 3, 4, 5], 2)] == [[1, 2], [3, 4], [5]]
    assert list(portions([], 2)) == []


@pytest.mark.parametrize(("package", "name"), NAMES, ids=lambda part: part)
def test_every_script_finds_the_scripts_that_it_uses(package: str, name: str) -> None:
    assert script(package, name) is script(package, name), "a script is loaded once"
