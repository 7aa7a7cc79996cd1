"""The names of terms: a term is a set of slots that follows from the rows of terminals. Pure.

`rows.lua` builds the same names.
"""

import hashlib
from datetime import UTC, date, datetime

from pushgate.domain.attributes import value_text
from pushgate.domain.terminal import AttributeValue

ALIVE, MOVED, SHARED = "alive", "moved", "shared"
"""Sets of slots without a bucket: slots in use, slots whose terminals went to other slots, and
slots of users with two or more terminals.
"""
SECONDS_PER_DAY = 86_400
_PLAIN = frozenset((ALIVE, MOVED, SHARED))
_HOUR = "h:"
_MAX_VALUE_BYTES = 64
_EPOCH = date(1970, 1, 1)


def tag_term(tag: str) -> str:
    """The terminals with a tag."""
    return f"t:{tag}"


def timezone_term(timezone: str) -> str:
    """The terminals in a time zone."""
    return f"z:{timezone}"


def version_term(version: str) -> str:
    """The terminals with a version of the app."""
    return f"v:{version}"


def language_term(language: str) -> str:
    """The terminals with this language whose group has another one."""
    return f"l:{language}"


def frozen_term(key: str) -> str:
    """The terminals of a frozen audience."""
    return f"f:{key}"


def opt_out_term(category: str) -> str:
    """The terminals that opted out of a category themselves."""
    return f"x:{category}"


def opt_out_terms(category: str) -> tuple[str, str]:
    """The terminals that opted out of a category themselves, and those whose user did."""
    return opt_out_term(category), attribute_terms(opt_out_name(category), OPTED_OUT)[1]


def opt_out_name(category: str) -> str:
    """The name under which a person's record keeps an opt-out. No attribute has such a name."""
    return f"{OPT_OUT_MARK}{category}"


def quiet_hours_term(text: str) -> str:
    """The terminals whose user has these quiet hours."""
    return attribute_terms(QUIET_HOURS_NAME, text)[1]


CategorySlot = tuple[int, int, str]
"""A terminal's shard and slot, and the category of a message."""
OPT_OUT_MARK, OPTED_OUT = "!", True
QUIET_HOURS_NAME = "!~"
"""The name under which a person's record keeps quiet hours. No category has such a name."""
ANONYMOUS_TERM = "o:anonymous"
"""The terminals that registered themselves without a registration token."""


def user_term(user: str) -> str:
    """The terminals of a user."""
    return f"u:{user}"


def seen_term(day: date) -> str:
    """The terminals that were last seen on a day (UTC)."""
    return f"d:{(day - _EPOCH).days}"


def registered_term(day: date) -> str:
    """The terminals that were first registered on a day (UTC)."""
    return f"r:{(day - _EPOCH).days}"


def day_of_term(term: str) -> date:
    """The day of a term of days. Raises ValueError for other terms."""
    return datetime.fromtimestamp(int(term[2:]) * SECONDS_PER_DAY, UTC).date()


def attribute_terms(name: str, value: AttributeValue) -> tuple[str, str]:
    """The terminals whose own attribute has this value, and those whose user's attribute has it."""
    text = value_text(value)
    if len(raw := text.encode()) > _MAX_VALUE_BYTES:
        text = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
    return f"a:{name}={text}", f"p:{name}={text}"


def hour_term(hour: int, period: int) -> str:
    """The terminals that clicked in an hour of the day (UTC) in a period (`period_of`)."""
    return f"{_HOUR}{hour}:{period}"


def bucket_of_term(term: str) -> str:
    """The bucket of the index of terms in which a term is; '' for sets that are always bits."""
    if term in _PLAIN or term.startswith(_HOUR):
        return ""
    return hashlib.sha1(term.encode(), usedforsecurity=False).hexdigest()[:4]
