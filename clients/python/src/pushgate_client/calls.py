"""One call of the API as a value, and when it may be repeated. No I/O."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from pushgate_client.errors import ApiError, ConnectionFailed

NOTHING_DONE = frozenset(
    {
        "engine_unavailable",
        "not_configured_here",
        "overloaded",
        "rate_limited",
        "sealed_elsewhere",
        "too_many_connections",
        "too_many_registrations",
        "too_many_waiting",
        "too_slow",
    }
)
"""Problems after which nothing was done, so that every call may be repeated."""
_OFTEN_PASSING = frozenset({500, 502, 503, 504})
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_FIRST_DELAY, _MAX_DELAY = 0.2, 20.0
MAX_RETRY_AFTER = 60.0
"""Seconds: an error that asks for a longer pause is raised at once."""

Query = Mapping[str, str | int | float | bool | date | Sequence[str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request before it is sent. Its body is `json`, or `content` as it is, or nothing."""

    method: str
    path: str
    query: Query = field(default_factory=dict)
    json: object = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    """Whether the call may be sent again when nobody knows whether it was carried out."""
    wait: float = 0.0
    """Seconds that the API may hold the answer back, beside the timeout of the client."""
    answers: frozenset[int] = frozenset()
    """Statuses beside 2xx that are answers, not errors."""

    def params(self) -> list[tuple[str, str | int | float | bool | None]]:
        """Return the query's parameters as texts; those that are None are left out."""
        return [
            (name, text(one))
            for name, value in self.query.items()
            if value is not None
            for one in ([value] if isinstance(value, str) or not isinstance(value, Sequence) else value)
        ]


def text(value: object) -> str:
    """Return a parameter as the API reads it. Raises ValueError for an instant without a zone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _instant(value) if isinstance(value, date) else str(value)


def path(template: str, *names: str) -> str:
    """Fill names into a path. Each is quoted: ids may hold any character.

    Raises ValueError for an empty name: its path would be that of another call.
    """
    if not all(names):
        raise ValueError(f"an id or name for {template} is empty")
    # Points are quoted, too: `..` would be taken for the path above.
    return template.format(*(quote(name, safe="").replace(".", "%2E") for name in names))


def to_json(value: object) -> object:
    """Return a body with its instants and days as texts. Raises ValueError for an instant without a
    zone.
    """
    if isinstance(value, date):
        return _instant(value)
    if isinstance(value, Mapping):
        return {name: to_json(part) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [to_json(part) for part in value]
    return value


def _instant(value: date) -> str:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone: use an aware datetime")
    return value.isoformat()


def present(**values: object) -> dict[str, Any]:
    """Return the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def idempotent(key: str | None = None) -> dict[str, str]:
    """Return the header that makes a call safe to repeat; without a key, with one of its own.

    Raises ValueError for a key that no header can have.
    """
    return {"Idempotency-Key": uuid4().hex if key is None else _in_header(key, "an idempotency key")}


def bearer(credential: str | None) -> dict[str, str]:
    """Return the header of a credential that takes the place of the API key, none without one.

    Raises ValueError for a credential that no header can have; it is not repeated.
    """
    return {} if credential is None else {"Authorization": f"Bearer {_in_header(credential, 'a credential')}"}


def _in_header(value: str, name: str) -> str:
    if not _VISIBLE.fullmatch(value):
        raise ValueError(f"{name} has visible ASCII characters alone, at least one and no space")
    return value


def may_repeat(call: Call, error: ApiError | ConnectionFailed) -> bool:
    """Whether the call may be sent again after this error."""
    if isinstance(error, ConnectionFailed):
        return call.repeatable or not error.may_be_done
    if (error.retry_after or 0.0) > MAX_RETRY_AFTER:
        return False
    if error.code in NOTHING_DONE or (error.status == 429 and not error.code):
        return True
    return call.repeatable and error.status in _OFTEN_PASSING and error.code != "internal_error"


def delay(attempt: int, error: ApiError | ConnectionFailed, chance: float | None = None) -> float:
    """Return the pause in seconds after this attempt, the first being 0: exponential with full
    jitter, and at least what the API asks for.
    """
    wanted = error.retry_after if isinstance(error, ApiError) and error.retry_after else 0.0
    span = min(_MAX_DELAY, _FIRST_DELAY * 2.0 ** min(attempt, 10))
    # Clients that failed at one time try again at different times.
    return wanted + span * (random.random() if chance is None else chance)  # noqa: S311  # no secret
