"""The end of a command that cannot do what it was asked: one clear text and an exit code."""

import json
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn

import typer

from pushgate.cli.client.texts import plain
from pushgate.cli.exit_codes import ExitCode

_NO_FACTS: Mapping[str, object] = MappingProxyType({})


def end_command(
    code: ExitCode,
    text: str,
    *,
    as_json: bool,
    hint: str = "",
    note: str = "",
    facts: Mapping[str, object] = _NO_FACTS,
    cause: BaseException,
) -> NoReturn:
    """Write what went wrong to stderr, and end the command with this code.

    `hint` says what to do. `note` is for people alone, `facts` are for the JSON document alone.
    """
    if as_json:
        document: dict[str, object] = {"exit_code": code.value, "kind": code.name.lower(), "message": text}
        document |= {"hint": hint, **facts} if hint else facts
        sys.stderr.write(json.dumps({"error": document}, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"pushgate: {plain(text, newlines=True)}\n")
        sys.stderr.writelines(f"  {plain(line)}\n" for line in (hint, note) if line)
    raise typer.Exit(code) from cause
