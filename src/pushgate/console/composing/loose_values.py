"""Texts of a form as values of a message, and unchecked values of a draft or a message. Pure.

A text that is no value of the kind stays a text, for the API to refuse.
"""

from collections.abc import Mapping
from typing import cast

from pushgate.console.json_text import parse_json

_MAX_DIGITS = 15


def is_whole(text: str) -> bool:
    """Whether the text is a whole number without a sign."""
    return text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS


def whole(text: str) -> int | str:
    """Return the whole number."""
    return int(text) if is_whole(text) else text


def decimal(text: str) -> float | str:
    """Return the number."""
    try:
        return float(text)
    except ValueError:
        return text


def parsed(text: str) -> object:
    """Return what the JSON stands for."""
    try:
        return parse_json(text)
    except ValueError:
        return text


def object_of(value: object) -> Mapping[str, object]:
    """Return a value that is an object; an empty one for any other value."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def template_reference(name: str, version: str) -> dict[str, object]:
    """Return how a message names a stored template, in the latest version where none is written."""
    return {"name": name, "version": whole(version)} if version else {"name": name}
