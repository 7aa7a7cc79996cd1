"""Commands of Redis that the code sends, found in its sources: calls in scripts, and methods of
clients and pipelines.
"""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src/pushgate"
_IN_SCRIPTS = re.compile(r"redis\.p?call\('([A-Za-z]+)'")
_CLIENT = re.compile(r"(redis|pipe|pipeline|client|server|node|master|channel|connection|store)\)?$")
_METHODS = {
    "delete": "del",
    "hscan_iter": "hscan",
    "scan_iter": "scan",
    "script_load": "script|load",
    "sscan_iter": "sscan",
    "zscan_iter": "zscan",
    "memory_usage": "memory|usage",
    "config_get": "config|get",
}
"""Methods of redis-py with another name than their command."""
_NO_COMMANDS = {"cluster", "pubsub"}
"""Attributes that send no command, though one has the name."""
_OTHER_PROGRAMS = {"embedded", "sandbox"}
_CONTAINERS = {"MEMORY": "memory|usage"}
"""The subcommand that scripts use."""
_OPENING = {"auth", "select", "ping", "multi", "exec", "eval", "evalsha"}
"""What the library and the scripts' machinery send by themselves."""


def sent(known: Collection[str]) -> dict[str, str]:
    """By command in lower case, one of the files that send it. `known` are those of the server."""
    found = dict.fromkeys(_OPENING, "redis-py")
    for file in sorted(SOURCES.rglob("*.lua")):
        for name in _IN_SCRIPTS.findall(file.read_text("utf-8")):
            found.setdefault(_CONTAINERS.get(name, name.lower()), file.name)
    for file in sorted(SOURCES.rglob("*.py")):
        for name in _called(file):
            command = _METHODS.get(name, name)
            if command.partition("|")[0] in known and name not in _NO_COMMANDS:
                found.setdefault(command, str(file.relative_to(SOURCES)))
    return found


def _called(file: Path) -> Iterator[str]:
    """The methods that are called on something named as a client is."""
    text = file.read_text("utf-8")
    if "redis" not in text or file.relative_to(SOURCES).parts[0] in _OTHER_PROGRAMS:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and _CLIENT.search(ast.unparse(node.value)):
            yield node.attr
