"""`pushgate api`: serves the HTTP API."""

from typing import Annotated

import typer

from pushgate.cli.options import Config, with_api_address
from pushgate.cli.report_errors import report_errors
from pushgate.processes import api
from pushgate.processes.configuration import load


def run_api(
    config: Config = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. [default: the configuration's]")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
) -> None:
    """Serve the HTTP API. Any number may run.

    Example:

    \b
      pushgate api --config /etc/pushgate.toml --host 0.0.0.0 --port 8080
    """
    with report_errors():
        api.run_api(with_api_address(load(config), host, port))
