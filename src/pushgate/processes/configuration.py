"""Read the configuration; faults of vendors' sections are named next to all others."""

from pathlib import Path

from pushgate.apps.opening import open_valid_apps
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import ConfigurationError
from pushgate.processes.silent_adapters import sends_nothing
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings import loading
from pushgate.settings.loading import PartlyReadable
from pushgate.settings.model import Settings

# A check of settings sends nothing. Only the length of a receipt URL matters, so any key is right.
CHECK_ONLY_TOKENS = CallbackTokens(b"")


def load(file: Path | None = None) -> Settings:
    """Read the configuration, from this file, else from where `settings.loading` finds it.

    Raises ConfigurationError that names every bad setting.
    """
    try:
        return loading.load(file)
    except PartlyReadable as error:
        _, found = open_valid_apps(error.readable, sends_nothing(SystemClock(), CHECK_ONLY_TOKENS))
        raise ConfigurationError([*error.errors, *found]) from error
