"""All that is kept of a person, gathered from the stores in pages."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pushgate.audiences.mentions import Names
from pushgate.domain.app import App
from pushgate.domain.terminal import AttributeValue, Terminal
from pushgate.grouping.search import Place
from pushgate.people.naming import (
    NamingPlace,
    naming_audiences,
    naming_drafts,
    naming_messages,
    naming_schedules,
)
from pushgate.stores import Stores
from pushgate.terminals.click_hours import ClickHour
from pushgate.tracking.histories import HistoryPage

MAX_TERMINALS = 1000
"""Terminals of a user that are looked for in audiences."""
MESSAGES_PER_TERMINAL = 10
_SEARCHED_AT_ONCE = 1000
_STEPS = 10
"""Portions of messages that one page looks at."""
_EMPTY = HistoryPage(entries=[], following=None, has_older_small=False)


@dataclass(frozen=True, slots=True)
class PersonPlace:
    """Where a page begins: among the terminals, or among the messages that name the person."""

    terminals: Place | None
    naming: NamingPlace


@dataclass(frozen=True, slots=True)
class KeptTerminal:
    """A terminal of the person, the latest messages that it was sent, and when it clicked."""

    terminal: Terminal
    history: HistoryPage
    click_hours: Sequence[ClickHour] = ()


@dataclass(slots=True)
class PersonPage:
    """A part of what is kept of a person. The first has attributes, opt-outs, saved audiences,
    drafts and schedules.
    """

    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    opt_out: Sequence[str] = ()
    quiet_hours: str = ""
    terminals: Sequence[KeptTerminal] = ()
    saved_audiences: Sequence[str] = ()
    drafts: Sequence[str] = ()
    schedules: Sequence[str] = ()
    scheduled_messages: list[str] = field(default_factory=list)
    following: PersonPlace | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept, as far as this page tells."""
        named = self.saved_audiences or self.drafts or self.schedules or self.scheduled_messages
        own = self.attributes or self.opt_out or self.quiet_hours
        return not (own or self.terminals or named or self.following)


async def gather_person(
    stores: Stores, app: App, user: str, place: PersonPlace | None, limit: int
) -> PersonPage:
    """A page of what is kept of a user, with at most `limit` terminals. Raises
    EngineUnavailable.
    """
    page, at = PersonPage(), place or PersonPlace(Place(), NamingPlace())
    if at.terminals is not None:
        found = await stores.search.page(app, user, [], at.terminals, limit)
        page.terminals = await _with_histories(stores, app, found.terminals)
        if found.following is not None:
            page.following = PersonPlace(found.following, NamingPlace())
    if place is not None and page.following is not None:
        return page  # of terminals alone: nothing is looked for by names
    names = await names_of_user(stores, app, user)
    if place is None:
        person = await stores.people.read(app, user)
        page.attributes, page.opt_out = person.attributes, person.opt_out
        page.quiet_hours = person.quiet_hours
        page.saved_audiences = await naming_audiences(stores, app, names)
        page.drafts = await naming_drafts(stores, app, names)
        page.schedules = await naming_schedules(stores, app, names)
    if page.following is None:
        await _add_messages(stores, app, names, at.naming, page)
    return page


async def _add_messages(stores: Stores, app: App, names: Names, at: NamingPlace, page: PersonPage) -> None:
    """Add scheduled messages that list one of the names, from a place on; then say where to go
    on.
    """
    naming: NamingPlace | None = at
    for _ in range(_STEPS):
        if naming is None:
            break
        ids, naming = await naming_messages(stores, app, names, naming)
        page.scheduled_messages += [one for one in ids if one not in page.scheduled_messages]
    page.following = PersonPlace(None, naming) if naming else None


async def names_of_user(stores: Stores, app: App, user: str) -> Names:
    """The user, and the ids and push tokens of the user's terminals, at most `MAX_TERMINALS`."""
    terminals = await terminals_of_user(stores, app, user, MAX_TERMINALS)
    return Names(
        terminals=frozenset(one.id for one in terminals),
        users=frozenset((user,)),
        tokens=frozenset(one.token for one in terminals),
    )


async def terminals_of_user(stores: Stores, app: App, user: str, enough: int) -> list[Terminal]:
    """The terminals of a user, read until there are enough or no more. Raises EngineUnavailable."""
    terminals: list[Terminal] = []
    place: Place | None = Place()
    while place is not None and len(terminals) < enough:
        found = await stores.search.page(app, user, [], place, min(enough, _SEARCHED_AT_ONCE))
        terminals += found.terminals
        place = found.following
    return terminals


async def _with_histories(stores: Stores, app: App, terminals: Sequence[Terminal]) -> list[KeptTerminal]:
    located = await stores.locations.locate(app, [one.id for one in terminals])
    histories = await asyncio.gather(
        *(
            stores.tracked.histories.page(app, slots, None, MESSAGES_PER_TERMINAL)
            for slots in located
            if slots
        )
    )
    found = iter(histories)
    hours = await stores.click_hours.of_slots(app, [slots[0] for slots in located if slots])
    return [
        KeptTerminal(terminal, next(found), hours[slots[0]]) if slots else KeptTerminal(terminal, _EMPTY)
        for terminal, slots in zip(terminals, located, strict=True)
    ]
