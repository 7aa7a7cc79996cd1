"""The streams of audit logs, and their rows as entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec

from pushgate.audit.creations import unpack
from pushgate.audit.cursor import StreamId
from pushgate.audit.entry import AuditEntry, decode
from pushgate.domain.app import App
from pushgate.domain.clock import from_ms
from pushgate.redis.hash_tags import QUEUE, tag
from pushgate.runtime import logs

_log = logs.get("audit")
_lines = logs.RateLimit(per_second=1)


class Stream(NamedTuple):
    """A stream of an app's log: the one of a home, or with `shard` None the one of the rest."""

    app: str
    shard: int | None
    key: str

    @property
    def name(self) -> str:
        """The name in cursors and ids of entries."""
        return self.app if self.shard is None else f"{self.app}:{self.shard}"


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """An entry of the log of an app, with its id and its time."""

    id: str
    app: str
    at: datetime
    entry: AuditEntry


def main_stream(app: str) -> Stream:
    """The stream of all of an app's entries but those of homes."""
    return Stream(app, None, f"{QUEUE}:audit:{app}")


def home_streams(app: App) -> list[Stream]:
    """The streams in which the homes of an app tell who created small messages."""
    return [Stream(app.name, shard, f"{tag(app, shard)}:audit") for shard in range(app.shards)]


def read_row(stream: Stream, row_id: StreamId, fields: Mapping[bytes, bytes]) -> Sequence[RecordedEntry]:
    """The entries of a row. A row that this version cannot read has none."""
    at, name = from_ms(row_id.ms), f"{stream.name}.{row_id}"
    try:
        if stream.shard is None:
            return [RecordedEntry(name, stream.app, at, decode(fields[b"e"]))]
        entries = unpack(fields[b"m"], fields.get(b"v", b"").decode(), stream.shard)
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError, IndexError):
        if _lines.take() is not None:
            _log.warning("an audit entry cannot be read by this version", action="audit_unreadable")
        return []
    return [RecordedEntry(f"{name}.{number}", stream.app, at, entry) for number, entry in enumerate(entries)]
