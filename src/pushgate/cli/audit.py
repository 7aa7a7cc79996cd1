"""`pushgate audit`: the last entries of the audit log."""

import asyncio
from typing import Annotated

import typer

from pushgate.audit.reader import AuditFilter
from pushgate.audit.streams import RecordedEntry
from pushgate.cli.options import Config
from pushgate.cli.report_errors import report_errors
from pushgate.processes.administration import recent_audit_entries
from pushgate.processes.configuration import load

_MAX_COUNT = 10_000
_SHOWN_TARGETS = 3


def show_audit(
    app_name: Annotated[str | None, typer.Option("--app", help="Only what was done to this app.")] = None,
    action: Annotated[
        str | None, typer.Option(help="An action such as key.created, or what is before its point.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="The id of the key that did it.")] = None,
    target: Annotated[str | None, typer.Option(help="An id or name of what it was done to.")] = None,
    last: Annotated[int, typer.Option(min=1, max=_MAX_COUNT, help="How many entries.")] = 50,
    config: Config = None,
) -> None:
    """Print the last entries of the audit log, the newest at the end: time, app, action, targets,
    key, address, details. `GET /v1/audit` pages through all of it and exports it.

    Examples:

    \b
      pushgate audit
      pushgate audit --app shop --action key --last 10
      pushgate audit --target 01a223c2be58100000000001010000
    """
    wanted = AuditFilter(action=action, key_id=key, targets=[target] if target else [])
    with report_errors():
        found = asyncio.run(recent_audit_entries(load(config), app_name, wanted, last))
        for recorded in reversed(found):
            typer.echo(_line(recorded))


def _line(recorded: RecordedEntry) -> str:
    entry, author = recorded.entry, recorded.entry.author
    more = len(entry.targets) - _SHOWN_TARGETS
    targets = ",".join(entry.targets[:_SHOWN_TARGETS]) + (f" and {more} more" if more > 0 else "")
    who = " ".join(part for part in (author.key_id, author.key_name) if part)
    details = " ".join(f"{name}={value}" for name, value in entry.details.items())
    columns = (f"{recorded.at:%Y-%m-%d %H:%M:%S}", recorded.app or "-", entry.action, targets or "-", who)
    return "  ".join((*columns, author.address or "-", details)).rstrip()
