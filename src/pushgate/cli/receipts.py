"""`pushgate receipts`: the addresses at which vendors report receipts."""

import asyncio
from typing import Annotated

import typer

from pushgate.cli.options import Config
from pushgate.cli.report_errors import report_errors
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.processes.administration import receipt_addresses
from pushgate.processes.configuration import load


def show_receipts(
    config: Config = None,
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

    with report_errors():
        settings = load(config)
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
