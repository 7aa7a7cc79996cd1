"""All texts of the console, taken from its templates and modules, and from tables of vendors.

`python -m tests.support.console.texts` prints those without a Chinese translation as a catalogue.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment
from jinja2.ext import extract_from_ast

import pushgate.console
from pushgate.adapters.registry import vendors
from pushgate.console.catalogues import Catalogues

PACKAGE = Path(pushgate.console.__path__[0])
_FUNCTIONS = ("_", "N_", "ngettext")


class Text(NamedTuple):
    """An English text, its plural where it has one, and the file that it is in."""

    english: str
    plural: str | None
    file: str


def all_texts() -> list[Text]:
    """Return the texts of all templates and modules."""
    found: list[Text] = []
    for file in sorted(PACKAGE.rglob("*")):
        if file.suffix == ".html" and file.parent.name == "templates":
            found += _of_template(file)
        elif file.suffix == ".py":
            found += _of_module(file)
    return [*found, *_of_vendors()]


def _of_vendors() -> Iterator[Text]:
    """The meanings of codes, which the console says in words of its own languages."""
    for vendor in vendors().values():
        for code in vendor.codes.values():
            yield Text(code.meaning, None, f"codes of {vendor.name}")


def _of_template(file: Path) -> Iterator[Text]:
    tree = Environment(autoescape=True).parse(file.read_text("utf-8"))
    for _, name, message in extract_from_ast(tree, _FUNCTIONS, babel_style=False):
        texts = message if isinstance(message, tuple) else (message,)
        assert texts[0], f"{file.name}: {name}() takes a text as it stands, not a variable"
        yield Text(texts[0], texts[1] if name == "ngettext" else None, file.name)


def _of_module(file: Path) -> Iterator[Text]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in _FUNCTIONS and node.args and isinstance(node.args[0], ast.Constant):
            texts = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
            yield Text(str(texts[0]), str(texts[1]) if name == "ngettext" else None, file.name)


def missing() -> list[Text]:
    """Return the texts without a Chinese translation."""
    catalogues = Catalogues.read()
    return [text for text in all_texts() if text.english not in catalogues.known("zh")]


def main() -> None:
    """Print the missing texts as a catalogue."""
    for text in dict.fromkeys(missing()):
        quoted = text.english.replace("\\", "\\\\").replace('"', '\\"')
        plural = f'msgid_plural "{text.plural}"\nmsgstr[0] ""' if text.plural else 'msgstr ""'
        sys.stdout.write(f'#: {text.file}\nmsgid "{quoted}"\n{plural}\n\n')


if __name__ == "__main__":
    main()
