"""`pushgate terminals export`: all terminals as NDJSON or CSV, as an import takes them."""

import csv
import json as json_format
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, TextIO

import typer

from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.long_work import long_work
from pushgate.cli.client.private_file import private_file
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate.cli.client.texts import terminal_count
from pushgate_client import types

_COLUMNS = tuple(types.TerminalLine.__annotations__)


def export_terminals(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The file to write, .csv or .ndjson; - is stdout, as NDJSON."),
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """Write all terminals with their push tokens, as `pushgate terminals import` takes them.

    The file is there once it is whole. Only its owner may read it: the tokens are enough to push.

    Examples:

    \b
      pushgate terminals export all.ndjson
      pushgate terminals export - | gzip > all.ndjson.gz
    """
    with session(profile, json=json) as found:
        terminals = _counted(found.pushgate.terminals.export())
        if str(file) == "-":
            _write_lines(sys.stdout, terminals)
            return
        if file.suffix.lower() not in (".csv", ".ndjson", ".jsonl"):
            raise usage(f"the name {file} tells no form", "name it .ndjson or .csv")
        if not file.parent.is_dir():
            raise usage(f"there is no folder {file.parent}")
        if file.exists() and not force:
            raise usage(f"{file} is there", "give --force to replace it")
        write = _write_csv if file.suffix.lower() == ".csv" else _write_lines
        with private_file(file) as opened:
            count = write(opened, terminals)
        found.output.document({"file": str(file), "terminals": count}, [f"{terminal_count(count)} in {file}"])


def _counted(terminals: Iterable[types.TerminalLine]) -> Iterator[types.TerminalLine]:
    with long_work("terminals") as work:
        for count, terminal in enumerate(terminals, 1):
            yield terminal
            work.done(count)


def _write_lines(opened: TextIO, terminals: Iterable[types.TerminalLine]) -> int:
    count = 0
    for terminal in terminals:
        opened.write(json_format.dumps(terminal, ensure_ascii=False) + "\n")
        count += 1
    return count


def _write_csv(opened: TextIO, terminals: Iterable[types.TerminalLine]) -> int:
    writer = csv.writer(opened, lineterminator="\n")
    writer.writerow(_COLUMNS)
    count = 0
    for terminal in terminals:
        values = dict(terminal)
        writer.writerow([_cell(values.get(name)) for name in _COLUMNS])
        count += 1
    return count


def _cell(value: object) -> object:
    """A value as an import of CSV takes it: lists and objects are JSON, empty ones no value."""
    if isinstance(value, list | dict):
        return json_format.dumps(value, ensure_ascii=False) if value else None
    return value
