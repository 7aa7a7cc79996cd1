"""The commands of `pushgate` and the examples of their help."""

import re
from collections.abc import Callable, Iterator, Mapping

from typer._click import Command
from typer.core import TyperGroup
from typer.testing import Result

from pushgate.cli.lazy import load
from pushgate.cli.main import PushgateCommands

Run = Callable[..., Result]
"""Runs a command in this process: its arguments, and `stdin`."""


def _leaves(command: Command, name: str) -> Iterator[tuple[str, Command]]:
    if isinstance(command, TyperGroup):
        if command.invoke_without_command:
            yield name, command
        for inner in command.commands.values():
            yield from _leaves(inner, f"{name} {inner.name}")
    else:
        yield name, command


EVERY_COMMAND: Mapping[str, Command] = dict(
    leaf
    for commands in PushgateCommands.sections.values()
    for command in commands
    for leaf in _leaves(load(command), f"pushgate {command.name}")
)
"""The commands by their full names, such as `pushgate keys create`."""


def examples_of(name: str) -> Iterator[str]:
    """Yield the examples of a command as a shell runs them, from the command's name on."""
    words = EVERY_COMMAND[name].help or ""
    for line in words[words.find("\nExample") :].splitlines():
        at = re.search(rf"(?<![\w./-]){name}(?![\w-])", line)
        if line.startswith("  ") and at:
            yield line[at.start() :].removesuffix(")")
