"""Histories of terminals, domain -> JSON, and their cursors. Pure."""

import re

from pushgate.api.mapping.explanation import from_push, known
from pushgate.api.times import format_known
from pushgate.tracking.histories import HistoryEntry, HistoryPage, Place

CURSOR = r"^[0-9]{1,15}\.[0-9a-f]{30}$"
_matches = re.compile(CURSOR).fullmatch


def from_history(page: HistoryPage) -> dict[str, object]:
    """Return a page of a history as JSON."""
    return {
        "messages": [from_entry(entry) for entry in page.entries],
        "older_small_messages": page.has_older_small,
        "next_cursor": _cursor(page.following) if page.following else None,
    }


def from_entry(entry: HistoryEntry) -> dict[str, object]:
    """Return a message of a history as JSON."""
    return known(
        message=entry.message_id,
        push_time=format_known(entry.push_at),
        size="large" if entry.is_large else "small",
        dry_run=entry.dry_run,
        push=from_push(entry.push, None),
    )


def to_place(cursor: str | None) -> Place | None:
    """Read a cursor back; None for none. Raises ValueError for a text that is none."""
    if cursor is None:
        return None
    if not _matches(cursor):
        raise ValueError("is no cursor")
    at_ms, _, message_id = cursor.partition(".")
    return int(at_ms), message_id


def _cursor(place: Place) -> str:
    return f"{place[0]}.{place[1]}"
