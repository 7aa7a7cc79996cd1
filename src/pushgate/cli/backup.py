"""`pushgate backup`: copies the store."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from pushgate.cli.client.output import Output
from pushgate.cli.client.session import Json
from pushgate.cli.options import RunningConfig, running_configuration
from pushgate.cli.report_errors import report_errors
from pushgate.processes.backing_up import Backup, ServerCopy, back_up
from pushgate.processes.configuration import load
from pushgate.runtime import logs


def make_backup(
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Copy into this folder of this machine. [default: each server writes its own snapshot]",
        ),
    ] = None,
    timeout: Annotated[
        int, typer.Option(min=1, max=86_400, help="Seconds that the snapshot of a server may take.")
    ] = 3600,
    json: Json = False,
    config: RunningConfig = None,
) -> None:
    """Copy the store while it works: every server's snapshot, that of the queue last.

    The copy is marked: started as a store, it sends nothing that may have been sent since, until
    `pushgate restore` decides. A copy holds push tokens, users and digests of keys: encrypt it.

    Examples:

    \b
      pushgate backup --output /backup/pushgate --config /etc/pushgate/pushgate.toml
      pushgate backup --json
    """
    out = Output(json=json)
    with report_errors(as_json=json):
        logs.configure("warning", "console", "backup")
        made = asyncio.run(back_up(load(running_configuration(config)), output, timeout, out.note))
    out.document(_document(made), [_line(copy) for copy in made.servers])


def _document(made: Backup) -> dict[str, object]:
    servers = [
        {
            "server": copy.server,
            "file": copy.snapshot.file,
            "bytes": copy.snapshot.size,
            "seconds": round(copy.seconds, 3),
        }
        for copy in made.servers
    ]
    return {"id": made.id, "at": made.at.isoformat(), "servers": servers}


def _line(copy: ServerCopy) -> str:
    size = f", {copy.snapshot.size:,} bytes" if copy.snapshot.size is not None else ""
    file = copy.snapshot.file or "where its configuration says (the server does not tell)"
    return f"{copy.server}: {file}{size}, {copy.seconds:.1f} s"
