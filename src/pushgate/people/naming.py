"""What names a person: saved audiences, drafts, schedules, and messages yet to be planned."""

from collections.abc import Sequence
from dataclasses import dataclass

from pushgate.audiences.mentions import Names, lists_any
from pushgate.bundles.scheduled import ScheduledPlace
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind
from pushgate.domain.message import Status
from pushgate.people.named_drafts import names_any
from pushgate.redis.scripts import portions
from pushgate.stores import Stores

_MESSAGES_AT_ONCE = 100
_DRAFTS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class NamingPlace:
    """Where a search for messages goes on: behind a large message, then among small ones."""

    after: str | None = None
    small: ScheduledPlace | None = None


async def naming_audiences(stores: Stores, app: App, names: Names) -> list[str]:
    """The saved audiences that list one of the names."""
    found: list[str] = []
    async for name, audience in stores.saved_audiences.all(app):
        if lists_any(audience, names):
            found.append(name)
    return sorted(found)


async def naming_drafts(stores: Stores, app: App, names: Names) -> list[str]:
    """The ids of drafts that have one of the names."""
    every = {*names.terminals, *names.users, *names.tokens}
    found: list[str] = []
    for some in portions(list(await stores.drafts.heads(app)), _DRAFTS_AT_ONCE):
        for draft_id, body in zip(some, await stores.drafts.bodies(app, some), strict=True):
            if body and names_any(body, every):
                found.append(draft_id)
    return sorted(found)


async def naming_schedules(stores: Stores, app: App, names: Names) -> list[str]:
    """The names of schedules whose message has one of the names."""
    every = {*names.terminals, *names.users, *names.tokens}
    return [one.id async for one in stores.series.all_listed(app.name) if names_any(one.written, every)]


async def naming_messages(
    stores: Stores, app: App, names: Names, place: NamingPlace
) -> tuple[list[str], NamingPlace | None]:
    """Scheduled messages that list one of the names, among some from a place on; and where to go
    on, None at the end.
    """
    if place.small is not None:
        found, following = await stores.scheduled_small.naming(app, names, place.small)
        return found, NamingPlace(small=following) if following else None
    ids = await stores.message_index.ids(app.name, Status.SCHEDULED, place.after, _MESSAGES_AT_ONCE)
    large = await _naming(stores, app, names, ids)
    if len(ids) == _MESSAGES_AT_ONCE:
        return large, NamingPlace(after=ids[-1])
    return large, NamingPlace(small=ScheduledPlace())


async def _naming(stores: Stores, app: App, names: Names, ids: Sequence[str]) -> list[str]:
    found: list[str] = []
    envelopes = await stores.messages.envelopes(app.name, ids) if ids else {}
    for message_id, envelope in envelopes.items():
        if envelope.audience.kind is AudienceKind.ALL:
            continue
        async for part in stores.audiences.read(message_id, envelope.audience):
            if lists_any(part, names):
                found.append(message_id)
                break
    return found
