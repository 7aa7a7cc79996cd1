"""Read the configuration: `pushgate.toml`, overridden by environment variables.

Reads files only when called.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.settings.apps import AppSettings
from pushgate.settings.field_errors import field_errors
from pushgate.settings.model import Settings
from pushgate.settings.section import Section

DEFAULT_FILE = Path("pushgate.toml")
FILE_VARIABLE = "PUSHGATE_CONFIG"


class PartlyReadable(ConfigurationError):
    """Some settings are wrong.

    `readable` has the valid settings, and defaults for all others, so that more can be checked.
    """

    def __init__(self, errors: Sequence[FieldError], readable: Settings) -> None:
        super().__init__(errors)
        self.readable = readable


def load(file: Path | None = None) -> Settings:
    """Read the file and the environment.

    Without `file`, the file is the one that PUSHGATE_CONFIG names, else ./pushgate.toml if it
    exists. Relative paths in the file are beside the file; those in the environment are below the
    working directory. Raises PartlyReadable that names every bad setting except those of vendors,
    and ConfigurationError where the file cannot be read or is not TOML.
    """
    variable = os.environ.get(FILE_VARIABLE)
    named = file or (Path(variable) if variable else None)
    path = named or DEFAULT_FILE
    was_read = named is not None or path.exists()
    written: dict[str, object] = {}
    try:
        if was_read:
            written = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError([FieldError(str(path), f"cannot be read: {error.strerror}")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([FieldError(str(path), f"is not valid TOML: {error}")]) from error
    settings = parse(_beside(path.absolute().parent, written))
    return settings.read_from(path) if was_read else settings


def _beside(folder: Path, written: Mapping[str, object]) -> dict[str, object]:
    """The tables with absolute paths. Every setting whose name ends in `_file` is a path."""
    return {name: _absolute(folder, name, value) for name, value in written.items()}


def _absolute(folder: Path, name: str, value: object) -> object:
    if isinstance(value, Mapping):
        return _beside(folder, value)
    if name.endswith("_file") and isinstance(value, str) and value:
        return str(folder / value)
    return value


def parse(written: dict[str, object]) -> Settings:
    """Settings from the content of a file and the environment.

    Raises PartlyReadable, as `load` does.
    """
    try:
        return Settings(**written)  # type: ignore[arg-type]  # pydantic checks what the file holds
    except ValidationError as error:
        merged = _merge(written, EnvSettingsSource(Settings)())
        raise PartlyReadable(field_errors(error), _readable(merged)) from error
    except SettingsError as error:
        problem = FieldError("environment", "a PUSHGATE_ variable of a section is not valid JSON")
        raise PartlyReadable([problem], _readable(written)) from error


def _merge(lower: Mapping[str, object], upper: Mapping[str, object]) -> dict[str, object]:
    """The values of both; `upper` wins."""
    merged = dict(lower)
    for name, value in upper.items():
        replaced = merged.get(name)
        if isinstance(replaced, Mapping) and isinstance(value, Mapping):
            merged[name] = _merge(replaced, value)
        else:
            merged[name] = value
    return merged


def _readable(written: Mapping[str, object]) -> Settings:
    """The valid sections, each app's vendors as they are written, and defaults for everything
    else.
    """
    sections: dict[str, object] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, Section) and name in written:
            with suppress(ValidationError):
                sections[name] = type(field.default).model_validate(written[name])
    apps = written.get("apps")
    tables = apps.items() if isinstance(apps, Mapping) else ()
    sections["apps"] = {name: _readable_app(table) for name, table in tables if isinstance(table, Mapping)}
    return Settings.model_construct(None, **sections)


def _readable_app(written: Mapping[str, object]) -> AppSettings:
    try:
        return AppSettings.model_validate(written)
    except ValidationError:
        vendors = {name: value for name, value in written.items() if name not in AppSettings.model_fields}
        return AppSettings.model_construct(None, **vendors)
