"""`pushgate secrets`: the master keys that seal what is stored."""

import os
from pathlib import Path
from typing import Annotated

import typer

from pushgate.cli.report_errors import report_errors
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
