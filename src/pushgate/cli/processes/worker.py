"""`pushgate worker`: sends pushes to the vendors."""

from typing import Annotated

import typer

from pushgate.cli.options import Config, split_names
from pushgate.cli.report_errors import report_errors
from pushgate.processes import worker
from pushgate.processes.configuration import load


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
