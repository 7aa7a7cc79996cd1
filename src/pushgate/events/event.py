"""Drafts with names and facts -> events as their readers get them, in JSON. Pure."""

from dataclasses import dataclass
from datetime import datetime

import orjson

from pushgate.domain.app import App
from pushgate.domain.clock import to_text
from pushgate.domain.event_type import EventType
from pushgate.domain.message_id import family_of, part_number
from pushgate.eventlog.entries import Shard
from pushgate.events.drafts import Draft
from pushgate.events.message_facts import MessageFacts
from pushgate.events.named_terminal import NOBODY, NamedTerminal, Names


@dataclass(frozen=True, slots=True)
class Event:
    """An event as readers get it: its id is the same at each reading."""

    id: str
    type: EventType
    json: bytes


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and when an event happened. `position` is the id of its entry, or of a gap."""

    app: App
    shard: Shard
    position: str
    at: datetime


def make_event(origin: Origin, draft: Draft, names: Names | None, facts: MessageFacts | None) -> Event:
    """The event. Without `names` terminals are only counted, without `facts` nothing of the message
    is repeated.
    """
    event_id = f"{origin.app.name}.{origin.shard}.{origin.position}.{draft.suffix}"
    fields: dict[str, object] = {
        "id": event_id,
        "type": draft.type.value,
        "at": to_text(origin.at),
        "app": origin.app.name,
        "shard": str(origin.shard),
    }
    if draft.message_id:
        fields["message"] = family_of(draft.message_id)
        if part := part_number(draft.message_id):
            fields["part"] = part
    if draft.group:
        fields |= {"vendor": draft.group.vendor, "language": draft.group.language}
    fields |= {name: value for name, value in draft.fields.items() if name not in fields}
    if draft.terminals is not None:
        fields |= _terminals(draft, names)
    if facts is not None:
        fields |= facts.fields(draft.group.language if draft.group else None)
    return Event(event_id, draft.type, orjson.dumps(fields))


def _terminals(draft: Draft, names: Names | None) -> dict[str, object]:
    places = draft.terminals or ()
    found = [NOBODY if names is None else names.get(place, NOBODY) for place in places]
    is_inline = draft.group is not None and any(place.message_id for place in places)
    if draft.is_single:
        return _one(found[0], is_inline=is_inline)
    fields: dict[str, object] = {"count": len(places), "terminals": None}
    if names is not None and is_inline:
        fields["token_digests"] = [one.token_digest for one in found]
    elif names is not None:
        fields["terminals"] = [one.id for one in found]
    return fields


def _one(terminal: NamedTerminal, *, is_inline: bool) -> dict[str, object]:
    fields: dict[str, object] = {"terminal": terminal.id, "user": terminal.user, "erased": terminal.erased}
    if is_inline:
        fields["token_digest"] = terminal.token_digest
    return fields
