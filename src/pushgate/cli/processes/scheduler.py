"""`pushgate scheduler`: dispatches messages when they are due."""

from pushgate.cli.options import Config
from pushgate.cli.report_errors import report_errors
from pushgate.processes import scheduler
from pushgate.processes.configuration import load


def run_scheduler(config: Config = None) -> None:
    """Dispatch messages when they are due.

    Any number may run; each message is dispatched by one.

    Example:

    \b
      pushgate scheduler --config /etc/pushgate.toml
    """
    with report_errors():
        scheduler.run_scheduler(load(config))
