"""docs/reference/command-line.md is made from the commands; their examples hold."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import EVERY_COMMAND, examples_of
from typer.testing import CliRunner

from pushgate.cli.command_reference import markdown
from pushgate.cli.main import PushgateCommands, app

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "command-line.md"
LISTED = [command for commands in PushgateCommands.sections.values() for command in commands]


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text("utf-8") == markdown(), "run `make docs`"


@pytest.mark.parametrize("name", EVERY_COMMAND)
def test_every_command_has_words_and_examples_that_parse(name: str) -> None:
    command = EVERY_COMMAND[name]
    assert len((command.help or "").split("\n\n")[0]) > 10
    examples = list(examples_of(name))
    assert examples, f"`{name}` has no example"
    for example in examples:
        arguments = shlex.split(example)
        assert shlex.join(arguments).startswith(name), example
        rest = arguments[len(name.split()) :]
        command.make_context(name, list(_own(rest)), resilient_parsing=False).close()


def _own(arguments: list[str]) -> Iterator[str]:
    """The arguments of the command itself, without what a shell makes of the rest."""
    for argument in arguments:
        if argument in ("|", ">", "<"):
            return
        yield argument


def test_the_list_of_commands_needs_no_command_but_completes_them_all() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert [command.name for command in LISTED if f"  {command.name} " not in shown] == []
    completed = CliRunner().invoke(
        app,
        [],
        env={"_PUSHGATE_COMPLETE": "complete_bash", "COMP_WORDS": "pushgate terminals ", "COMP_CWORD": "2"},
        prog_name="pushgate",
    )
    assert completed.output.split() == ["import", "export", "list", "show", "why", "remove"]


def test_a_command_that_is_mistyped_is_told() -> None:
    result = CliRunner().invoke(app, ["terminal", "list"])
    assert (result.exit_code, "Did you mean 'terminals'" in result.output) == (2, True)
