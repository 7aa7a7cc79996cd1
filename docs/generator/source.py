"""Calls in Pushgate's sources, found by reading them. Nothing is imported or run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

SOURCES: Final = Path(__file__).parents[2] / "src" / "pushgate"


@dataclass(frozen=True)
class Call:
    """A call: the module's path below src/pushgate, and the call as it is written."""

    module: str
    node: ast.Call

    @property
    def function(self) -> str:
        """The last part of what is called."""
        return ast.unparse(self.node.func).rpartition(".")[2]

    def argument(self, position: int, *names: str) -> ast.expr | None:
        """An argument by its position or one of its names; None where it is absent."""
        for keyword in self.node.keywords:
            if keyword.arg in names:
                return keyword.value
        return self.node.args[position] if len(self.node.args) > position >= 0 else None


def texts_of(call: Call, node: ast.expr | None) -> list[str]:
    """The texts of a list, with lists that it names in the same module: none for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.List() | ast.Tuple():
            return [text for part in node.elts for text in texts_of(call, part)]
        case ast.Starred():
            return texts_of(call, node.value)
        case ast.Name(id=name):
            for statement in ast.walk(_tree(SOURCES / call.module)):
                if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name:
                    return texts_of(call, statement.value)
    return []


def find_calls() -> Iterator[Call]:
    """All calls, in the order of modules and lines."""
    for path in sorted(SOURCES.rglob("*.py")):
        module = path.relative_to(SOURCES).as_posix()
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Call):
                yield Call(module, node)


def text_of(node: ast.expr | None) -> str | None:
    """The text of a literal; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))
