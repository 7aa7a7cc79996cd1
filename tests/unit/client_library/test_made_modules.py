"""The made modules of the client libraries are those that `make clients` makes now."""

import ast
import sys
from pathlib import Path

import pytest
from tests.support import generators

from clients.generator import typescript_client
from clients.generator.python_client import PACKAGE, write


def test_the_made_modules_are_up_to_date(tmp_path: Path) -> None:
    made = {file.name: file.read_text("utf-8") for file in write(tmp_path)}
    outdated = [name for name, text in made.items() if (PACKAGE / name).read_text("utf-8") != text]
    assert outdated == [], "run make clients"


@pytest.mark.skipif(not generators.find_node_tools(), reason="npm is not installed")
def test_the_types_of_the_typescript_client_are_up_to_date(tmp_path: Path) -> None:
    made = typescript_client.write(tmp_path).read_text("utf-8")
    kept = typescript_client.PACKAGE / "src" / "types.ts"
    assert kept.read_text("utf-8") == made, "run make clients"


def test_a_senders_backend_needs_httpx_alone() -> None:
    """The library imports the standard library, httpx and itself: neither the server, nor more."""
    imported = {
        name.partition(".")[0]
        for file in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        for name in _names(node)
    }
    assert imported - sys.stdlib_module_names == {"httpx", "pushgate_client"}


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
