"""Attributes of terminals and people: names with values, and their limits. Pure."""

import math
import re
from collections.abc import Mapping

from pushgate.domain.terminal import AttributeValue

MAX_ATTRIBUTES = 32
"""Attributes of a terminal, and of a person."""
MAX_VALUE_LENGTH = 256
"""Characters of a text."""
MAX_INTEGER = 2**53
"""Beyond this, numbers in JSON are not exact for every reader."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


def name_fault(name: str) -> str | None:
    """Say why a text cannot be the name of an attribute; None if it can."""
    if _NAME.fullmatch(name):
        return None
    return "is no attribute's name: a letter, then up to 63 letters, digits and _ . -"


def value_fault(value: object) -> str | None:
    """Say why a value cannot be the value of an attribute; None if it can. The reason does not
    contain the value.
    """
    if isinstance(value, str):
        if len(value) > MAX_VALUE_LENGTH:
            return f"is too long; at most {MAX_VALUE_LENGTH} characters are taken"
        return "must not hold NUL characters" if "\x00" in value else None
    if isinstance(value, int):
        return None if abs(value) <= MAX_INTEGER else "is too large; whole numbers up to 2^53 are taken"
    if isinstance(value, float):
        return None if math.isfinite(value) else "must be finite"
    return "must be a text, a number, true or false"


def count_fault(count: int) -> str | None:
    """Say why `count` attributes after a change are too many; None if they are not."""
    if count <= MAX_ATTRIBUTES:
        return None
    return f"would be {count} together with those that are there; at most {MAX_ATTRIBUTES} are kept"


def merge_attributes(
    attributes: Mapping[str, AttributeValue], changes: Mapping[str, AttributeValue | None] | None
) -> dict[str, AttributeValue]:
    """The attributes after these changes. A value of None removes an attribute; `changes` of None
    removes all of them.
    """
    if changes is None:
        return {}
    merged = {**attributes, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def value_text(value: AttributeValue) -> str:
    """An attribute's value as it is stored, with its type in front. Equal numbers have one text."""
    match value:
        case bool():
            return "b:1" if value else "b:0"
        case str():
            return f"s:{value}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"n:{value!r}"


def value_of(text: str) -> AttributeValue:
    """An attribute's value from its stored text. Raises ValueError for other texts."""
    kind, content = text[:2], text[2:]
    match kind:
        case "b:":
            return content == "1"
        case "s:":
            return content
        case "n:":
            return float(content) if any(mark in content for mark in ".en") else int(content)
    raise ValueError("not an attribute's value")
