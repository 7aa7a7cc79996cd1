"""Entries of the audit log -> JSON."""

from collections.abc import Sequence

import orjson

from pushgate.api.times import format_instant
from pushgate.audit.cursor import Cursor
from pushgate.audit.streams import RecordedEntry


def from_recorded(recorded: RecordedEntry) -> dict[str, object]:
    """Return an entry as JSON."""
    entry = recorded.entry
    return {
        "id": recorded.id,
        "at": format_instant(recorded.at),
        "app": recorded.app or None,
        "action": entry.action,
        "targets": list(entry.targets),
        "key_id": entry.author.key_id or None,
        "key_name": entry.author.key_name,
        "address": entry.author.address or None,
        "details": dict(entry.details),
    }


def to_lines(entries: Sequence[RecordedEntry], cursor: Cursor, *, is_complete: bool) -> bytes:
    """Return entries as lines of NDJSON, with a mark that tells how far the export is."""
    mark: dict[str, object] = {"after": cursor.text()}
    if is_complete:
        mark["complete"] = True
    lines = [*map(from_recorded, entries), {"export": mark}]
    return b"".join(orjson.dumps(line) + b"\n" for line in lines)
