"""Where to deliver events again from: an event's id, a cursor or a time -> places."""

import re
from collections.abc import Mapping
from datetime import datetime

from pushgate.domain.app import App
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.eventlog.entries import QUEUE_SHARD, EntryId, Shard
from pushgate.eventlog.keys import all_shards
from pushgate.eventlog.log import EventLog
from pushgate.events.cursor import START, Cursor, Place

_EVENT_ID = re.compile(r"([a-z0-9-]{1,32})\.(q|[0-9]{1,4})\.([0-9]{1,12})-([0-9]{1,15})\..{1,64}", re.ASCII)
_FIELD = "from"


def place_of_event(app: App, text: str) -> Mapping[Shard, Place] | None:
    """The place before the entry of an event, by its shard; None for a text that is no event's id.

    Raises InvalidRequest for the id of another app's event.
    """
    found = _EVENT_ID.fullmatch(text)
    if found is None:
        return None
    name, shard_text, epoch, n = found.groups()
    shard: Shard = QUEUE_SHARD if shard_text == QUEUE_SHARD else int(shard_text)
    if name != app.name or shard not in all_shards(app):
        raise InvalidRequest([FieldError(_FIELD, "is the id of another app's event")])
    return {shard: Place(EntryId(int(epoch), max(0, int(n) - 1)))}


def places_of_cursor(app: App, text: str) -> Mapping[Shard, Place]:
    """The places of a cursor. Raises InvalidRequest."""
    try:
        return Cursor.parse(text, app).places
    except ValueError as error:
        raise InvalidRequest(
            [FieldError(_FIELD, "must be an event's id, a cursor of GET /v1/events, or a time (RFC 3339)")]
        ) from error


async def places_of_time(log: EventLog, app: App, at: datetime) -> Mapping[Shard, Place]:
    """The places before the first entries of this time, or as far back as entries are kept.

    Raises EngineUnavailable.
    """
    ends = await log.ends(app)
    return {
        shard: await _before(log, app, shard, ends[shard], at) if shard in ends else START
        for shard in all_shards(app)
    }


async def _before(log: EventLog, app: App, shard: Shard, end: EntryId, at: datetime) -> Place:
    """The place before the first entry of this time in the newest epoch; the start where older
    epochs may have some.
    """
    first = EntryId(end.epoch, 0)
    batch = await log.read(app, shard, first, 1)
    low = batch.gap.resume.n if batch.gap else first.n
    high = end.n
    known = await log.read(app, shard, EntryId(end.epoch, low), 1)
    if known.entries and known.entries[0].at >= at:
        return START
    while low < high:
        middle = (low + high) // 2
        found = await log.read(app, shard, EntryId(end.epoch, middle), 1)
        if found.gap:  # trimmed meanwhile
            low = max(middle + 1, found.gap.resume.n)
        elif found.entries and found.entries[0].at < at:
            low = middle + 1
        else:
            high = middle
    return Place(EntryId(end.epoch, low))
