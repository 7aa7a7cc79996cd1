"""Validation errors of pydantic -> field errors, by the path of the field as the caller wrote it.
Pure.
"""

from pydantic import ValidationError

from pushgate.domain.errors import FieldError
from pushgate.runtime.validation_text import explain

MAX_FIELD_ERRORS = 100
"""Errors that one response lists."""
MAX_PATH = 200
"""Characters of a field's path."""
_OF_KEY = "[key]"
"""The last part of pydantic's path to a key that is wrong; the part before is the key."""


def field_errors(error: ValidationError, prefix: str = "") -> list[FieldError]:
    """Return an error for each bad field; the texts never repeat a value.

    More than 100 errors become one that has their number: to list a million costs the server more
    than it costs the client to make them.
    """
    if error.error_count() > MAX_FIELD_ERRORS:
        text = f"has {error.error_count()} faults, too many to list; send less, or put them right"
        return [FieldError(prefix or "body", text)]
    found: list[FieldError] = []
    for item in error.errors(include_url=False, include_input=False):
        names = [str(name) for name in item["loc"] if name != _OF_KEY]
        path = ".".join([prefix, *names] if prefix else names) or "body"
        found.append(FieldError(path[:MAX_PATH], explain(item["type"], item["msg"], item.get("ctx", {}))))
    return found
