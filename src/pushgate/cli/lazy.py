"""A group of commands whose modules are imported when they run: a command starts fast, because it
does not import the others.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer._click import Command, Context, HelpFormatter
from typer.core import TyperCommand, TyperGroup


class LazyCommand(NamedTuple):
    """A command before its module is imported. `place` is `module:attribute`, below pushgate.cli:
    the attribute is the command's function, or its own group.
    """

    name: str
    place: str
    help: str


def command_group(words: str) -> typer.Typer:
    """Return an empty group of commands with the habits of all commands. `words` are its help."""
    return typer.Typer(
        help=words,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


class LazyGroup(TyperGroup):
    """A group that lists its commands from a table, and imports the one that is run."""

    sections: ClassVar[Mapping[str, Sequence[LazyCommand]]] = {}
    """The commands by the headings that help shows them under."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._lazy = {command.name: command for commands in self.sections.values() for command in commands}
        # Enough for lists, completion and suggestions.
        self.commands = {
            name: TyperCommand(name, short_help=found.help) for name, found in self._lazy.items()
        }

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Return the command that is run, and the arguments that are left."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, load(self._lazy[name]) if name else None, rest

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the list of commands into the help."""
        del ctx
        for heading, commands in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(command.name, command.help) for command in commands])


def load(command: LazyCommand) -> Command:
    """Import a command."""
    found = import_attribute(command.place)
    if isinstance(found, typer.Typer):
        group = typer.main.get_command(found)
        group.name = command.name
        return group
    single = command_group("")
    single.command(command.name)(found)
    return typer.main.get_command(single)


def import_attribute(place: str) -> Any:
    """Return what is at `module:attribute`, below pushgate.cli. Raises ModuleNotFoundError."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(f"pushgate.cli.{module}"), attribute)
