"""Categories: what messages are about, and what people and terminals opted out of. Pure."""

import re
from collections.abc import Iterable

from pushgate.domain.errors import FieldError

MAX_OPT_OUTS = 32
"""Categories that a terminal, or a person, opts out of."""
PATTERN = r"^[a-z][a-z0-9_-]{0,31}$"
_matches = re.compile(PATTERN).fullmatch


def category_fault(name: str) -> str | None:
    """Say why a text cannot be the name of a category; None if it can."""
    if _matches(name):
        return None
    return "is no category's name: a small letter, then up to 31 small letters, digits and _ -"


def count_fault(count: int) -> str | None:
    """Say why `count` opt-outs after a change are too many; None if they are not."""
    if count <= MAX_OPT_OUTS:
        return None
    return f"would be {count} together with those that are there; at most {MAX_OPT_OUTS} are kept"


def merge_opt_out(
    before: Iterable[str], add: Iterable[str], remove: Iterable[str], errors: list[FieldError]
) -> tuple[str, ...]:
    """The categories after adding and removing some, sorted. Appends to `errors` if they are too
    many.
    """
    merged = sorted({*before}.difference(remove).union(add))
    if fault := count_fault(len(merged)):
        errors.append(FieldError("opt_out", fault))
    return tuple(merged)
