"""The commands that run one process: `pushgate api`, `scheduler`, `worker`, `webhook-sender`."""

from typing import Annotated

import typer

from pushgate.cli.options import Config, split_names, with_api_address
from pushgate.cli.report_errors import report_errors
from pushgate.processes import api, scheduler, webhooks, worker
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


def run_scheduler(config: Config = None) -> None:
    """Dispatch messages when they are due.

    Any number may run; each message is dispatched by one.

    Example:

    \b
      pushgate scheduler --config /etc/pushgate.toml
    """
    with report_errors():
        scheduler.run_scheduler(load(config))


def run_worker(
    config: Config = None,
    vendors: Annotated[
        str | None,
        typer.Option(help="Vendors to serve, with commas between. [default: all that any app has]"),
    ] = None,
) -> None:
    """Send pushes to the vendors. Any number may run.

    Examples:

    \b
      pushgate worker --config /etc/pushgate.toml
      pushgate worker --vendors apns,fcm
    """
    with report_errors():
        settings = load(config)
        if vendors is not None:
            settings = settings.model_copy(
                update={"worker": settings.worker.model_copy(update={"vendors": split_names(vendors)})}
            )
        worker.run_worker(settings)


def run_webhook_sender(config: Config = None) -> None:
    """Post events to the receivers of webhooks.

    Any number may run; they share the work. None is needed while no app has a webhook.

    Example:

    \b
      pushgate webhook-sender --config /etc/pushgate.toml
    """
    with report_errors():
        webhooks.run_webhooks(load(config))
