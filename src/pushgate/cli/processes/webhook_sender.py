"""`pushgate webhook-sender`: posts events to the receivers of webhooks."""

from pushgate.cli.options import Config
from pushgate.cli.report_errors import report_errors
from pushgate.processes import webhooks
from pushgate.processes.configuration import load


def run_webhook_sender(config: Config = None) -> None:
    """Post events to the receivers of webhooks.

    Any number may run; they share the work. None is needed while no app has a webhook.

    Example:

    \b
      pushgate webhook-sender --config /etc/pushgate.toml
    """
    with report_errors():
        webhooks.run_webhooks(load(config))
