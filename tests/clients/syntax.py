"""Parses sources of languages that have no compiler here: `python syntax.py FILE...`.

Prints the first fault of each file that has one.
"""

import sys
from pathlib import Path

import tree_sitter_kotlin
import tree_sitter_swift
from tree_sitter import Language, Node, Parser

LANGUAGES = {".kt": tree_sitter_kotlin.language(), ".swift": tree_sitter_swift.language()}


def fault(node: Node) -> Node | None:
    """The innermost first part of a tree that is not of the language."""
    if not node.has_error:
        return None
    return next((found for child in node.children if (found := fault(child))), node)


for name in sys.argv[1:]:
    file = Path(name)
    found = fault(Parser(Language(LANGUAGES[file.suffix])).parse(file.read_bytes()).root_node)
    if found:
        sys.stdout.write(f"{name}:{found.start_point.row + 1}:{found.start_point.column + 1}\n")
