"""Code that tests share lies in tests/support: no test imports another test or a conftest."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
INSTALLED = {".venv", "node_modules"}
"""Folders of packages that the tests install."""
MODULES = sorted(
    path.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.py") if INSTALLED.isdisjoint(path.parts)
)


def imported(source: str) -> set[str]:
    """Full names of the modules and objects of `tests` that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == "tests"}


@pytest.mark.parametrize("module", MODULES)
def test_only_shared_code_is_imported(module: str) -> None:
    found = imported((TESTS / module).read_text("utf-8"))
    assert not {name for name in found if not name.startswith("tests.support.")}
