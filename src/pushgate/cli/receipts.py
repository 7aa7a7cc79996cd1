"""`pushgate receipts`: the addresses at which vendors report receipts, and the keys behind them."""

import asyncio
import base64
from typing import Annotated

import typer

from pushgate.cli.options import RunningConfig, running_configuration
from pushgate.cli.report_errors import report_errors
from pushgate.domain.durations import parse_duration
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.processes.administration import callback_keys, receipt_addresses, rotate_callback_keys
from pushgate.processes.configuration import load
from pushgate.receipts.callback_keys import MAX_OVERLAP

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def show_receipts(
    context: typer.Context,
    config: RunningConfig = None,
    base: Annotated[
        str | None, typer.Option(help="Where vendors reach the API. [default: api.public_url]")
    ] = None,
) -> None:
    """Print the addresses at which vendors report receipts.

    Whoever knows one can report: keep them secret.

    Huawei's, HarmonyOS's and Honor's are set in their consoles; Meizu's is registered there. Pushes
    through Xiaomi, OPPO, vivo and Meizu name theirs by themselves once api.public_url is set.

    Example:

    \b
      pushgate receipts --config /etc/pushgate.toml
    """

    if context.invoked_subcommand is not None:
        return
    with report_errors():
        settings = load(running_configuration(config))
        at = base or settings.api.public_url
        if at is None:
            problem = (
                "is not set; set it to where vendors reach the API, or give --base https://push.example.com"
            )
            raise ConfigurationError([FieldError("api.public_url", problem)])
        if not at.startswith(("https://", "http://")):
            raise ConfigurationError(
                [FieldError("--base", "must be an address such as https://push.example.com")]
            )
        for found in asyncio.run(receipt_addresses(settings)):
            typer.echo(f"{found.app} {found.vendor} {at.rstrip('/')}{found.path}")


@app.command("rotate")
def rotate_keys(
    overlap: Annotated[
        str,
        typer.Option(help="How long addresses and callback tokens of the earlier keys hold: 12h, 30d."),
    ] = "30d",
    config: RunningConfig = None,
) -> None:
    """Make a new callback key, which signs in 5 s. The earlier ones hold for the overlap.

    Within the overlap, enter the new addresses in the vendors' consoles. Where the configuration
    has the keys, change its file instead.

    Example:

    \b
      pushgate receipts rotate --overlap 30d
      pushgate receipts
    """
    with report_errors():
        try:
            duration = parse_duration(overlap, MAX_OVERLAP)
        except ValueError as error:
            raise typer.BadParameter(f"--overlap {error}") from error
        for found in asyncio.run(rotate_callback_keys(load(running_configuration(config)), duration)).keys:
            until = f"holds until {found.until:%Y-%m-%d %H:%M} UTC" if found.until else "signs"
            typer.echo(f"{found.id}  {until}")


@app.command("keys")
def show_keys(config: RunningConfig = None) -> None:
    """Print the callback keys in the form of secrets.callback_key_file, the newest first.

    With that file in the configuration, the addresses in vendors' consoles outlive a loss of Redis.

    Example:

    \b
      (umask 077; pushgate receipts keys > /etc/pushgate/callback.key)
    """
    with report_errors():
        for found in asyncio.run(callback_keys(load(running_configuration(config)))).keys:
            typer.echo(base64.b64encode(found.key).decode())
