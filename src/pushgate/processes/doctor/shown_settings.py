"""The settings without secrets, and a filter that takes known secrets out of any text. Pure but for
files that hold secrets.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

from pushgate.adapters.registry import vendors
from pushgate.adapters.vendor_settings import holds_secret
from pushgate.settings.apps import AppSettings
from pushgate.settings.model import Settings

LEFT_OUT = "(left out)"
_MIN_SECRET = 4
"""Characters: shorter texts are in every report by chance."""
_PLAIN = (bool, int, float, str)


def shown_settings(settings: Settings) -> dict[str, object]:
    """Every setting that is no secret; a secret shows only that it is set."""
    shown = {name: value for name, value in _shown(settings).items() if name != "apps"}
    shown["apps"] = {name: _shown_app(app) for name, app in settings.apps.items()}
    return shown


def _shown_app(app: AppSettings) -> dict[str, object]:
    sections = {name: _shown_section(name, section) for name, section in app.vendors.items()}
    return {**_shown(app.without_vendors()), **sections}


def _shown_section(vendor: str, section: object) -> object:
    """A vendor's section as it is written; of unknown settings only the names."""
    if not isinstance(section, Mapping):
        return LEFT_OUT
    known = vendors()[vendor].settings.model_fields if vendor in vendors() else {}
    return {
        str(name): _value(value) if name in known and not holds_secret(known[name].annotation) else LEFT_OUT
        for name, value in section.items()
    }


def _shown(section: BaseModel) -> dict[str, object]:
    return {name: _value(value) for name, value in section if name in type(section).model_fields}


def _value(value: object) -> object:
    if isinstance(value, SecretStr):
        return LEFT_OUT
    if isinstance(value, str):
        return _without_user(value)
    if isinstance(value, BaseModel):
        return _shown(value)
    if isinstance(value, Mapping):
        return {str(name): _value(one) for name, one in value.items()}
    if isinstance(value, Sequence):
        return [_value(one) for one in value]
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if value is None or isinstance(value, _PLAIN) else str(value)


def _without_user(text: str) -> str:
    """A text; an address in it without user, password and query."""
    scheme, is_address, rest = text.partition("://")
    if not is_address:
        return text
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


class SecretFilter:
    """Removes the secrets of the settings from texts, in case one got there in another way."""

    def __init__(self, settings: Settings) -> None:
        found = {secret for secret in _secrets_within(settings) if len(secret) >= _MIN_SECRET}
        self._secrets = sorted(found, key=len, reverse=True)

    def clean(self, value: object) -> object:
        """The value with every secret in its texts replaced."""
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, LEFT_OUT)
            return value
        if isinstance(value, Mapping):
            return {str(self.clean(str(name))): self.clean(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean(one) for one in value]
        return value


def _secrets_within(settings: Settings) -> Iterator[str]:
    for section in (getattr(settings, name) for name in Settings.model_fields):
        if isinstance(section, BaseModel):
            yield from _secrets_of(section)
    for app in settings.apps.values():
        for vendor, section in app.vendors.items():
            if isinstance(section, Mapping) and vendor in vendors():
                yield from _written_secrets(vendor, section)


def _secrets_of(section: BaseModel) -> Iterator[str]:
    for name, value in section:
        if isinstance(value, SecretStr):
            yield from _lines(value.get_secret_value())
        elif isinstance(value, BaseModel):
            yield from _secrets_of(value)
        elif isinstance(value, Path) and name.endswith("key_file"):
            yield from _lines(_content(value))
        elif isinstance(value, str) and "://" in value:
            yield from _password(value)


def _written_secrets(vendor: str, section: Mapping[str, object]) -> Iterator[str]:
    known = vendors()[vendor].settings.model_fields
    for name, value in section.items():
        own = name.removesuffix("_file")
        if isinstance(value, str) and own in known and holds_secret(known[own].annotation):
            yield from _lines(_content(Path(value)) if name.endswith("_file") else value)
            yield from _password(value)


def _lines(text: str) -> Iterator[str]:
    yield from (line.strip() for line in [text, *text.splitlines()])


def _password(text: str) -> Iterator[str]:
    try:
        password = urlsplit(text).password or ""
    except ValueError:
        return
    yield from (password, unquote(password))


def _content(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):  # not readable here, so the report cannot contain it
        return ""
