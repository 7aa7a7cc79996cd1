"""`pushgate secrets`: the master keys that seal what is stored."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from pushgate.cli.options import RunningConfig, running_configuration
from pushgate.cli.report_errors import report_errors
from pushgate.processes.configuration import load
from pushgate.processes.resealing import Resealed, reseal
from pushgate.sealing import master_keys

app = typer.Typer(help="Master keys: make, rotate.", no_args_is_help=True, rich_markup_mode=None)


@app.command("new-key")
def make_key(
    file: Annotated[
        Path | None, typer.Argument(help="A new file for the key. [default: the key is printed]")
    ] = None,
) -> None:
    """Make a master key. Name its file in secrets.key_file, and keep a copy of the key elsewhere:
    what it sealed is lost without it.

    A file has a key a line: the first seals, all open.

    Examples:

    \b
      pushgate secrets new-key /etc/pushgate/master.key
      export PUSHGATE_SECRETS__KEY=$(pushgate secrets new-key)
    """
    with report_errors():
        key = master_keys.new_key()
        if file is None:
            typer.echo(key)
            return
        # A file that exists is left alone: it may hold the key of all that is stored.
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(key + "\n")
        found = master_keys.MasterKeys.parse(key)
        typer.echo(f"{file} holds the master key {found.first_id.hex()}")


@app.command("reseal")
def reseal_secrets(config: RunningConfig = None) -> None:
    """Seal everything that is stored with the first master key.

    To rotate master keys: put the new key behind the old one in the file of every process and
    restart them or send them SIGHUP, put it in front and do so again, reseal, and take the old key
    out. The command may be repeated. It exits with 1 where values are left that the first key did
    not seal.

    Example:

    \b
      pushgate secrets reseal --config /etc/pushgate.toml
    """
    with report_errors():
        if not asyncio.run(reseal(load(running_configuration(config)), _show)):
            raise typer.Exit(1)


def _show(place: str, resealed: Resealed) -> None:
    typer.echo(f"{place}: {resealed.sealed} sealed anew, {resealed.current} were sealed with the first key")
    if resealed.missed:
        typer.echo(f"{place}: {resealed.missed} were changed all the time: repeat the command", err=True)
    for fault, count in resealed.unreadable.items():
        typer.echo(f"{place}: {count} cannot be read: {fault}", err=True)
