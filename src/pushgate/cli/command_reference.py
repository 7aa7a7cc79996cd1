"""The reference of all commands as Markdown, from their help."""

import re
from collections.abc import Iterator

import typer
from typer._click import Command, Context, Parameter
from typer.core import TyperGroup

from pushgate.cli.exit_codes import ExitCode
from pushgate.cli.lazy import load
from pushgate.cli.main import PushgateCommands

_HEAD = """\
# Command line

`make docs` writes this document from the code; `pushgate COMMAND --help` says the same. [Use the command
line](../how-to/use-the-command-line.md) shows how to work with it.

## Which server is called

Commands under *Push*, *Terminals* and *Administer* call the API of a server. They take the first of these
that is there:

1. `--profile NAME`: a profile from `pushgate profiles add`
2. the variables `PUSHGATE_URL` and `PUSHGATE_KEY`
3. the profile in use, from `pushgate profiles use`
4. the folder `.pushgate` of the working directory, where `pushgate up` runs here. It counts only where it
   belongs to you, nobody else may write to it, and its server listens on a loopback address

A profile, and the folder, may have a key of an app and one of the operator. `apps`, `keys`, `audit` and
`status` take the operator's where there is one, all others the app's.

Profiles are in `$XDG_CONFIG_HOME/pushgate/profiles.toml` (`~/.config` where that is not set). The file
holds API keys: it is refused unless its owner alone may read it.

## Output

Results come on stdout, everything else on stderr. With `--json`, stdout has one JSON document, or one a
line for lists, and an error is `{"error": {"exit_code", "kind", "message", ...}}` on stderr. Control
characters in texts are replaced where people read them.
"""
_EXAMPLES = re.compile(r"\n\nExamples?:\n\n(?:\x08\n)?(.*)", re.DOTALL)


def markdown() -> str:
    """The whole document."""
    parts = [_HEAD, _exit_codes()]
    for heading, commands in PushgateCommands.sections.items():
        parts.append(f"## {heading}\n")
        for command in commands:
            parts += _commands(load(command), f"pushgate {command.name}")
    return "\n".join(parts)


def _exit_codes() -> str:
    rows = ["## Exit codes\n", "| Code | Kind | Meaning |", "|---|---|---|"]
    rows += [f"| {code.value} | `{code.name.lower()}` | {code.meaning} |" for code in ExitCode]
    return "\n".join(rows) + "\n"


def _commands(command: Command, name: str) -> Iterator[str]:
    """The command, or the commands of a group."""
    if isinstance(command, TyperGroup):
        if command.invoke_without_command:
            yield _command(command, name)
        for inner in command.commands.values():
            yield from _commands(inner, f"{name} {inner.name}")
    else:
        yield _command(command, name)


def _command(command: Command, name: str) -> str:
    context = typer.Context(command, info_name=name)
    words, examples = _split(command.help or "")
    parts = [f"### `{name}`\n", words + "\n"]
    if examples:
        parts.append(f"```\n{examples}\n```\n")
    rows = [row for parameter in command.params if (row := _row(parameter, context))]
    if rows:
        parts.append("\n".join(["| Option | |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def _split(help_text: str) -> tuple[str, str]:
    """The words of a help text, a paragraph a line, and its examples."""
    found = _EXAMPLES.search(help_text)
    words = help_text[: found.start()] if found else help_text
    paragraphs = [" ".join(paragraph.split()) for paragraph in words.split("\n\n")]
    examples = "\n".join(line.removeprefix("  ") for line in found[1].splitlines()) if found else ""
    return "\n\n".join(paragraphs), examples.strip()


def _row(parameter: Parameter, context: Context) -> str | None:
    """A row of the table, None for what help does not list."""
    record = parameter.get_help_record(context)
    if record is None:
        return None
    names, words = (re.sub(r"\s+", " ", text).replace("|", "\\|") for text in record)
    return f"| `{names}` | {words} |"
