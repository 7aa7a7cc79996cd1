"""Validation errors of pydantic -> field errors, by the path of the field as the caller wrote it.
Pure.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from pushgate.domain.errors import FieldError
from pushgate.runtime.validation_text import explain

MAX_FIELD_ERRORS = 100
"""Errors that one response lists."""
MAX_PATH = 200
"""Characters of a field's path."""
_OF_KEY = "[key]"
"""The last part of pydantic's path to a key that is wrong; the part before is the key."""


def field_errors(error: ValidationError, prefix: str = "", *, bracketed: bool = False) -> list[FieldError]:
    """Return an error for each bad field; the texts never repeat a value. With `bracketed` the
    places in lists are in brackets, as in audiences: `all_of[1].tag`.

    More than 100 errors become one error with their number: listing a million of them would cost
    the server more than making them costs the client.
    """
    if error.error_count() > MAX_FIELD_ERRORS:
        text = f"has {error.error_count()} faults, too many to list; send less, or put them right"
        return [FieldError(prefix or "body", text)]
    found: list[FieldError] = []
    for item in error.errors(include_url=False, include_input=False):
        path = _path(prefix, item["loc"], bracketed=bracketed)
        found.append(FieldError(path[:MAX_PATH], explain(item["type"], item["msg"], item.get("ctx", {}))))
    return found


def _path(prefix: str, location: Sequence[int | str], *, bracketed: bool) -> str:
    path = prefix
    for part in location:
        if part == _OF_KEY:
            continue
        if bracketed and isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else str(part)
    return path or "body"
