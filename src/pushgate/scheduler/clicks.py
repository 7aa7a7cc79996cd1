"""Clicks that remove a notification from the user's other terminals.

A round takes entries of a home's queue. A click becomes entries with the terminals that still show
the notification; these become small messages, which workers send as recalls or as silent pushes.
An entry is removed once what follows from it is stored, so a crash repeats a removal at worst.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

from pushgate.adapters.removal import NO_CONTENT
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.clearing import clearing_vendors
from pushgate.bundles.bodies import MAX_SMALL_AUDIENCE, SmallMessage
from pushgate.bundles.click_queue import ClickEntry, Place
from pushgate.bundles.home_writer import Draft
from pushgate.bundles.values import Home
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind, AudienceSummary, ByTerminal
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Message, Options
from pushgate.domain.message_id import UNASSIGNED, family_of
from pushgate.redis.scripts import portions
from pushgate.scheduler.context import SchedulerContext
from pushgate.terminals.lookup import TerminalLookup
from pushgate.tracking.messages import TrackedMessage

MAX_ENTRIES = 256
"""Entries of one round."""
LEASE = timedelta(seconds=10)
"""A round takes milliseconds. If one takes longer, another scheduler takes its entries."""
_PARALLEL_MESSAGES = 8


class ClickRounds:
    """Does the rounds of all homes. All calls raise EngineUnavailable; then entries that are left
    are due again when their lease ends.
    """

    def __init__(self, context: SchedulerContext, writer: SmallMessageWriter) -> None:
        """`writer` stores the removals."""
        stores = context.stores
        self._context = context
        self._stores = stores
        self._writer = writer
        self._lookup = TerminalLookup(stores.holders, stores.tokens, stores.terms)

    async def run_round(self, home: Home) -> bool:
        """Do what is due in this home; returns whether there was anything."""
        queue, lease_until = self._stores.click_queue, self._context.clock.now() + LEASE
        entries = await queue.claim(home, lease_until, MAX_ENTRIES)
        if not entries:
            return False
        configured = await self._context.catalog.ensure(home.app.name)
        ids = list(dict.fromkeys(entry.message_id for entry in entries))
        messages = {one: found for one in ids if (found := await self._find(home.app, one))}
        clicks = [entry for entry in entries if entry.is_click and entry.message_id in messages]
        removals = [entry for entry in entries if not entry.is_click and entry.message_id in messages]
        await self._choose(configured, messages, clicks)
        await self._store(home.app, messages, removals)
        await queue.remove(home, entries)
        return True

    async def _find(self, app: App, message_id: str) -> TrackedMessage | None:
        """The message, or that whose part has this id; None where it or its content is gone."""
        try:
            found = await self._stores.tracked.messages.find(app, family_of(message_id))
        except NotFound:
            return None
        return found if found.message else None

    async def _choose(
        self,
        configured: ConfiguredApp,
        messages: Mapping[str, TrackedMessage],
        clicks: Sequence[ClickEntry],
    ) -> None:
        """Choose the terminals from which notifications are removed, and queue them."""
        app = configured.app
        others = await self._other_places(app, [click.places[0] for click in clicks])
        by_message: dict[str, dict[Place, None]] = {}
        for click, places in zip(clicks, others, strict=True):
            by_message.setdefault(family_of(click.message_id), {}).update(dict.fromkeys(places))
        found = {family_of(one): message for one, message in messages.items()}
        for some in portions(list(by_message.items()), _PARALLEL_MESSAGES):
            chosen = await asyncio.gather(
                *(self._choose_of(configured, found[one], list(places)) for one, places in some if places)
            )
            for vendor, count in sum(chosen, Counter[str]()).items():
                self._context.metrics.withdrawn(app.name, vendor, count)

    async def _choose_of(
        self, configured: ConfiguredApp, tracked: TrackedMessage, places: Sequence[Place]
    ) -> Counter[str]:
        """Choose terminals of one message; returns how many by vendor."""
        assert tracked.message is not None
        app, stores = configured.app, self._stores
        reasons = clearing_vendors(configured, tracked.message)
        vendors = [vendor for vendor, reason in reasons.items() if not reason]
        if not tracked.is_large:
            return await stores.click_queue.choose(app, tracked.id, places, vendors)
        by_shard: dict[int, list[int]] = {}
        for shard, slot in places:
            by_shard.setdefault(shard, []).append(slot)
        keep_until, found = stores.retention.keep_until(tracked.message), Counter[str]()
        for one in await stores.tracked.families.ids(tracked.id):
            found += await stores.withdrawals.choose(app, one, by_shard, vendors, keep_until)
        return found

    async def _other_places(self, app: App, clicked: Sequence[Place]) -> list[list[Place]]:
        """For each terminal where the terminals of its user are and were; empty for one without a
        user, and for a user of more than 64 terminals in a shard.
        """
        names = await self._lookup.by_places(app, clicked)
        users = {place: name.user for place, name in names.items() if name.user}
        distinct = list(dict.fromkeys(users.values()))
        located = await self._stores.locations.locate_each_user(app, distinct)
        now_at = {
            user: [(slot.shard, slot.slot) for slot in slots or ()]
            for user, slots in zip(distinct, located, strict=True)
        }
        # A terminal that moved since it got the message is known by its former slot.
        holders = await self._lookup.by_places(app, list(chain.from_iterable(now_at.values())))
        ids = {place: name.terminal for place, name in holders.items() if name.terminal}
        every = list(dict.fromkeys(ids.values()))
        slots = dict(zip(every, await self._stores.locations.locate(app, every), strict=True))
        return [
            [
                (slot.shard, slot.slot)
                for at in now_at.get(users.get(place, ""), ())
                if at in ids
                for slot in slots[ids[at]]
            ]
            for place in clicked
        ]

    async def _store(
        self, app: App, messages: Mapping[str, TrackedMessage], removals: Sequence[ClickEntry]
    ) -> None:
        """Store the small messages that remove notifications."""
        names = await self._lookup.by_places(app, [place for entry in removals for place in entry.places])
        terminals: dict[str, dict[str, None]] = {}
        for entry in removals:
            found = (names[place].terminal for place in entry.places if place in names)
            ids = terminals.setdefault(entry.message_id, {})
            ids.update({terminal: None for terminal in found if terminal})
        now = self._context.clock.now()
        drafts = [
            _draft(original, one, some, now)
            for one, ids in terminals.items()
            if (original := messages[one].message)
            for some in portions(list(ids), MAX_SMALL_AUDIENCE)
        ]
        if drafts:
            await self._writer.put(app, drafts)


def _draft(original: Message, sent_as: str, terminals: Sequence[str], now: datetime) -> Draft:
    """The small message that removes the notification of `original` from these terminals. `sent_as`
    is the id under which they got it: a part has an id of its own.
    """
    options = Options(
        ttl=original.options.ttl,
        collapse_key=original.options.collapse_key,
        silent=True,
        withdraws=sent_as,
        vendors=original.options.vendors,
    )
    language = original.default_language
    message = Message(
        id=UNASSIGNED,
        app=original.app,
        content={language: NO_CONTENT},
        default_language=language,
        push_at=now,
        created_at=now,
        audience=AudienceSummary(AudienceKind.TERMINALS, len(terminals)),
        options=options,
    )
    return Draft(SmallMessage(message, ByTerminal(tuple(terminals))), at_once=True)
