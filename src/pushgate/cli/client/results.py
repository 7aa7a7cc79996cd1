"""`pushgate results` and `pushgate who`: what became of a message, in figures and by terminal."""

import csv
import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.result_lines import result_lines
from pushgate.cli.client.session import Json, ProfileName, session
from pushgate_client import types

MessageId = Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's id.")]
_CSV_COLUMNS = tuple(types.MessageTerminal.__annotations__)


def show_results(message_id: MessageId, json: Json = False, profile: ProfileName = None) -> None:
    """Show how many terminals of a message are in each state, by vendor and language, and why
    pushes failed.

    Example:

    \b
      pushgate results 01a220e70f5203cf04901b52156681
    """
    with session(profile, json=json) as found:
        results = found.pushgate.messages.results(message_id)
        found.output.document(results, result_lines(results))


def show_terminals(
    message_id: MessageId,
    state: Annotated[
        str,
        typer.Option(
            help="pending, accepted, invalid, rejected, expired, cancelled, failed, delivered, clicked, "
            "muted, gone, recalled, not_delivered, not_clicked, unproven; targeted is all."
        ),
    ] = "targeted",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, with all columns.")] = False,
    json: Json = False,
    profile: ProfileName = None,
) -> None:
    """List the terminals of a message: who got it, who clicked, who did not, and why.

    Examples:

    \b
      pushgate who 01a220e70f5203cf04901b52156681 --state failed
      pushgate who 01a220e70f5203cf04901b52156681 --state clicked --csv > clicked.csv
    """
    with session(profile, json=json) as found:
        if as_csv and json:
            raise usage("--csv and --json exclude each other")
        terminals = found.pushgate.messages.terminals(message_id, state=state)
        if as_csv:
            _write_csv(terminals)
            return
        found.output.rows(
            terminals,
            {
                "terminal": lambda one: one["terminal"] or f"token {one['token']}",
                "user": lambda one: one["user"],
                "vendor": lambda one: one["vendor"],
                "language": lambda one: one["language"],
                "state": _state,
                "code": lambda one: one["code"],
                "reason": lambda one: one["reason"],
            },
            nothing=f"no terminal is {state}",
        )


def _state(one: types.MessageTerminal) -> str:
    return "clicked" if one["clicked"] else "delivered" if one["delivered"] else one["state"]


def _write_csv(terminals: Iterable[types.MessageTerminal]) -> None:
    writer = csv.DictWriter(sys.stdout, _CSV_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _csv_cell(value) for name, value in one.items()} for one in terminals)


def _csv_cell(value: object) -> object:
    """A value as CSV has it, without what spreadsheets would take for formulas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
