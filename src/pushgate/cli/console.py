"""`pushgate console`: links into the console for the operator of this machine."""

import asyncio

import typer

from pushgate.cli.lazy import command_group
from pushgate.cli.options import RunningConfig, running_configuration
from pushgate.cli.report_errors import report_errors
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.embedded.console_link import make_link
from pushgate.embedded.key_files import find_keys
from pushgate.processes.configuration import load
from pushgate.settings.model import Settings

app = command_group("The console: sign in from this machine.")


@app.callback()
def group() -> None:
    """The console: sign in from this machine."""


@app.command("link")
def print_link(
    config: RunningConfig = None,
) -> None:
    """Print a link that signs in to the console once, within 5 minutes, in a browser on this
    machine. The session has the widest key of each app, and one of the operator.

    Examples:

    \b
      pushgate console link
      pushgate console link --config /etc/pushgate/pushgate.toml
    """
    with report_errors():
        typer.echo(asyncio.run(_make(load(running_configuration(config)))))


async def _make(settings: Settings) -> str:
    keys = await find_keys(settings)
    if not keys:
        raise ConfigurationError([FieldError("keys", "there is no API key; pushgate keys create makes one")])
    link = await make_link(settings, keys)
    if link is None:
        raise ConfigurationError(
            [FieldError("console", "links need console.enabled, and an API that listens on loopback")]
        )
    return link
