"""Open the keys that the settings name: master keys and callback keys."""

from pathlib import Path

from pydantic import SecretStr
from redis.asyncio import Redis

from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.receipts.callback_key_store import CallbackKeys
from pushgate.sealing.master_keys import MasterKeys
from pushgate.sealing.sealer import Sealer
from pushgate.settings.model import Settings

_MAX_KEY_FILE = 64 * 1024


def open_sealer(settings: Settings) -> Sealer:
    """The sealer with the master keys of the settings, if they name any.

    Raises ConfigurationError where keys cannot be read.
    """
    return Sealer(_read_keys(settings.secrets.key, settings.secrets.key_file, "secrets.key"))


def configured_callback_keys(settings: Settings) -> list[bytes]:
    """The callback keys of the settings, none where Redis has them.

    Raises ConfigurationError where they cannot be read.
    """
    section = settings.secrets
    keys = _read_keys(section.callback_key, section.callback_key_file, "secrets.callback_key")
    return keys.all if keys else []


def open_callback_keys(settings: Settings, redis: Redis, sealer: Sealer) -> CallbackKeys:
    """The callback keys, not loaded yet. Raises ConfigurationError."""
    return CallbackKeys(redis, sealer, SystemClock(), configured_callback_keys(settings))


def _read_keys(content: SecretStr | None, file: Path | None, name: str) -> MasterKeys | None:
    field = f"{name}_file" if file else name
    try:
        text = _read_text(file) if file else content.get_secret_value() if content else None
        return None if text is None else MasterKeys.parse(text)
    except OSError as error:
        problem = f"{file} cannot be read: {error.strerror}"
        raise ConfigurationError([FieldError(field, problem)]) from error
    except ValueError as error:  # UnicodeDecodeError is one, whose text would show bytes of the file
        text = "is no text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise ConfigurationError([FieldError(field, text)]) from error


def _read_text(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(_MAX_KEY_FILE).decode("utf-8")
