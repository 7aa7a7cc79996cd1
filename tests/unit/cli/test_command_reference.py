"""Every command has words and examples; lists and completion need none of them."""

import shlex
from collections.abc import Iterator

import pytest
from tests.support.command_line import EVERY_COMMAND, examples_of
from typer.testing import CliRunner

from pushgate.cli.command_reference import markdown
from pushgate.cli.exit_codes import ExitCode
from pushgate.cli.main import PushgateCommands, app

LISTED = [command for commands in PushgateCommands.sections.values() for command in commands]


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


def test_the_reference_has_every_command_and_every_exit_code() -> None:
    text = markdown()
    assert [name for name in EVERY_COMMAND if f"### `{name}`" not in text] == []
    assert [code for code in ExitCode if f"| {code.value} | `{code.name.lower()}` |" not in text] == []
