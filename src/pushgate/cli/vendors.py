"""`pushgate vendors` and `pushgate vapid`: what vendors take, and the key that Web Push needs."""

from pathlib import Path
from typing import Annotated

import typer

from pushgate.adapters.webpush import vapid
from pushgate.cli.report_errors import report_errors
from pushgate.cli.vendor_reference import markdown


def make_vapid_key(
    file: Annotated[Path, typer.Argument(help="Where the key is, or is to be.")],
) -> None:
    """Make a VAPID key for Web Push, if there is none, and print what browsers subscribe with.

    That is the applicationServerKey of PushManager.subscribe(). Keep the file: under another key
    every subscription is lost.

    Example:

    \b
      pushgate vapid /etc/pushgate/vapid.pem
    """
    with report_errors():
        if not file.exists():
            vapid.make_key(file, "FILE")
        typer.echo(vapid.public_text(vapid.read_key(file.read_text("utf-8", "replace"), "FILE")))


def show_vendors() -> None:
    """Print every vendor's settings, options and codes, and what Pushgate does with each, as
    Markdown.

    Example:

    \b
      pushgate vendors | less
    """
    typer.echo(markdown(), nl=False)
