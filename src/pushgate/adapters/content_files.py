"""Reads the files that a vendor's section names: adapters see contents, never paths."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from pushgate.adapters.vendor_settings import FILE, MAX_CONTENT, VendorSettings
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.settings.field_errors import field_errors

Settings = TypeVar("Settings", bound=VendorSettings)


def read_contents(settings: Settings) -> Settings:
    """The settings with the contents of the files in place of their paths.

    Raises ConfigurationError if a file cannot be read, or its content is not valid for the setting.
    """
    written = {name: getattr(settings, name) for name in settings.model_fields_set}
    files = {name: file for name, file in written.items() if name.endswith(FILE) and file is not None}
    contents = {name.removesuffix(FILE): _read(name, file) for name, file in files.items()}
    kept = {name: value for name, value in written.items() if name not in files}
    try:
        return settings.model_validate(
            {name: value for name, value in kept.items() if name not in contents} | contents
        )
    except ValidationError as error:
        raise ConfigurationError(field_errors(error)) from error


@contextmanager
def naming_files(settings: VendorSettings) -> Iterator[None]:
    """In this context, errors about a file's content name the file and its setting."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError([_naming_file(settings, fault) for fault in error.errors]) from error


def _naming_file(settings: VendorSettings, fault: FieldError) -> FieldError:
    file = getattr(settings, fault.field + FILE, None)
    return fault if file is None else FieldError(fault.field + FILE, f"{file} {fault.message}")


def _read(name: str, file: Path) -> str:
    content = name.removesuffix(FILE)
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_CONTENT + 1)
        # The line end after the last line belongs to the file, not to the secret.
        return raw.decode("utf-8").rstrip("\r\n")
    except OSError as error:
        raise _fault(content, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _fault(content, "is no text in UTF-8") from error


def _fault(content: str, reason: str) -> ConfigurationError:
    return ConfigurationError([FieldError(content, reason)])
