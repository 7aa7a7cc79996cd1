"""Searches of terminals, query and JSON -> domain, and their cursors. Pure."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date

from pushgate.adapters.registry import vendors
from pushgate.api.mapping.push_tokens import to_token
from pushgate.api.schemas.terminal_search import FindBody
from pushgate.domain.audience import Audience, HasAttribute, OfVendor, Registered, Seen
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.terminal import AttributeValue
from pushgate.grouping.search import Place

CURSOR = r"^[0-9]{1,4}\.[0-9]{1,10}$"
_matches = re.compile(CURSOR).fullmatch
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def to_filters(
    nodes: Mapping[Callable[[str], Audience], str | None],
    seen: tuple[date | None, date | None],
    registered: tuple[date | None, date | None],
    attribute: tuple[str | None, str | None],
) -> list[Audience]:
    """Return the filters that are given. `nodes` has, by the audience node, the text that is its
    only field. `seen` and `registered` are pairs of days, before and after; `attribute` is a pair
    of name and value.

    Raises InvalidRequest for an unknown vendor, days that hold none, and half an attribute.
    """
    errors: list[FieldError] = []
    vendor = nodes.get(OfVendor)
    if vendor is not None and vendor not in vendors():
        errors.append(FieldError("vendor", f"is none of {', '.join(vendors())}"))
    filters = [kind(text) for kind, text in nodes.items() if text is not None]
    filters += _days(Seen, seen, "seen", errors)
    filters += _days(Registered, registered, "registered", errors)
    name, value = attribute
    if (name is None) != (value is None):
        missing = "equals" if value is None else "attribute"
        errors.append(FieldError(missing, "is missing: name attribute and equals, or neither"))
    elif name is not None and value is not None:
        filters.append(HasAttribute(name, _values(value)))
    if errors:
        raise InvalidRequest(errors)
    return filters


def _days(
    kind: type[Seen] | type[Registered],
    days: tuple[date | None, date | None],
    name: str,
    errors: list[FieldError],
) -> list[Audience]:
    before, after = days
    if before and after and before <= after:
        text = f"holds no day: {name}_before must be later than {name}_after"
        errors.append(FieldError(f"{name}_before", text))
    return [kind(before, after)] if before or after else []


def _values(text: str) -> tuple[AttributeValue, ...]:
    """Return the values that a text in a query may mean: the text itself, and the number or boolean
    that it spells.
    """
    if text in ("true", "false"):
        return text, text == "true"
    if _NUMBER.fullmatch(text):
        return text, float(text) if "." in text else int(text)
    return (text,)


def to_tokens(written: FindBody, configured: Collection[str]) -> list[str]:
    """Return the forms in which the registry may have a push token: the form of its vendor, or
    without a vendor the forms of all vendors of the app. Raises InvalidRequest for a token that is
    not the vendor's.
    """
    assert written.token is not None
    if written.vendor is None:
        forms = [vendors()[name].normalize_token(written.token) for name in configured]
        return list(dict.fromkeys([written.token, *forms]))
    errors: list[FieldError] = []
    token = to_token(written.vendor, written.token, "", errors)
    if errors:
        raise InvalidRequest(errors)
    return [token]


def check_find(written: FindBody) -> None:
    """Raise InvalidRequest unless one of token and id is named, and a vendor with a token alone."""
    errors: list[FieldError] = []
    if (written.token is None) == (written.id is None):
        errors.append(FieldError("body", "name one of token and id"))
    elif written.token is None and written.vendor is not None:
        errors.append(FieldError("vendor", "goes with token; an id needs none"))
    if errors:
        raise InvalidRequest(errors)


def to_place(cursor: str | None) -> Place:
    """Read a cursor back; None is the beginning. Raises ValueError for a text that is none."""
    if cursor is None:
        return Place()
    if not _matches(cursor):
        raise ValueError("is no cursor")
    shard, _, slot = cursor.partition(".")
    return Place(int(shard), int(slot))


def from_place(place: Place | None) -> str | None:
    """Return the cursor of a place."""
    return None if place is None else f"{place.shard}.{place.slot}"
