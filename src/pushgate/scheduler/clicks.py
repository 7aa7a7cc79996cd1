"""Clicks that remove a notification from the user's other terminals.

A round takes entries of a home's queue. A click becomes entries with the terminals that still show
the notification; these entries become small messages, which workers send as recalls or silent
pushes. An entry is removed once its consequences are stored, so a crash at worst repeats a removal.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pushgate.adapters.removal import NO_CONTENT
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.clearing import clearing_vendors
from pushgate.bundles.bodies import MAX_SMALL_AUDIENCE, SmallMessage
from pushgate.bundles.click_queue import ClickEntry, Place, SmallChoice
from pushgate.bundles.home_writer import Draft
from pushgate.bundles.values import CellKind, Home
from pushgate.bundles.writer import SmallMessageWriter
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind, AudienceSummary, ByTerminal
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Message, Options
from pushgate.domain.message_id import UNASSIGNED, family_of, position_of
from pushgate.redis.scripts import portions
from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext
from pushgate.terminals.lookup import TerminalLookup
from pushgate.tracking.messages import TrackedMessage

MAX_ENTRIES = 256
"""Entries of one round."""
LEASE = timedelta(seconds=10)
"""A round takes milliseconds. If one takes longer, another scheduler takes its entries."""
_log = logs.get("scheduler")


class ClickRounds:
    """Does the rounds of all homes. All calls raise EngineUnavailable; the remaining entries are
    then due again when their lease ends.
    """

    def __init__(self, context: SchedulerContext, writer: SmallMessageWriter) -> None:
        """`writer` stores the removals."""
        stores = context.stores
        self._context = context
        self._stores = stores
        self._writer = writer
        self._lookup = TerminalLookup(stores.holders, stores.tokens, stores.terms)

    async def run_round(self, home: Home) -> bool:
        """Handle the due entries of this home; returns whether there were any."""
        queue, lease_until = self._stores.click_queue, self._context.clock.now() + LEASE
        entries = await queue.claim(home, lease_until, MAX_ENTRIES)
        if not entries:
            return False
        configured = await self._context.catalog.ensure(home.app.name)
        messages, unreadable = await self._find(home.app, [entry.message_id for entry in entries])
        clicks = [entry for entry in entries if entry.is_click and entry.message_id in messages]
        removals = [entry for entry in entries if not entry.is_click and entry.message_id in messages]
        await self._choose(configured, messages, clicks)
        await self._store(home.app, messages, removals)
        await queue.remove(home, [entry for entry in entries if entry.message_id not in unreadable])
        return True

    async def _find(self, app: App, message_ids: Sequence[str]) -> tuple[dict[str, TrackedMessage], set[str]]:
        """The messages with these ids, and the families of parts with these ids, without those that
        are gone or have lost their content. Also the ids of messages that this version cannot read.
        """
        unreadable = set[str]()
        tracked, ids = self._stores.tracked.messages, list(dict.fromkeys(message_ids))
        small = [one for one in ids if position_of(one)]
        accounts = await self._stores.small_accounts.read(app, small, slots=False) if small else []
        found = {
            account.message_id: tracked.track(account)
            for account in accounts
            if account and account.kind not in (CellKind.LARGE, CellKind.BECOMES_LARGE)
        }
        for one in ids:
            if one not in found:
                try:
                    found[one] = await tracked.find(app, family_of(one))
                except NotFound:
                    continue
                except ValueError as error:  # one message must not stop the others
                    unreadable.add(one)
                    kind = type(error).__name__
                    _log.error("clicks passed over", action="message_unreadable", message=one, error=kind)
        return {one: message for one, message in found.items() if message.message}, unreadable

    async def _choose(
        self,
        configured: ConfiguredApp,
        messages: Mapping[str, TrackedMessage],
        clicks: Sequence[ClickEntry],
    ) -> None:
        """Choose the terminals from which notifications are removed, and queue them."""
        app, stores = configured.app, self._stores
        others = await self._other_places(app, [click.places[0] for click in clicks])
        by_message: dict[str, dict[Place, None]] = {}
        for click, places in zip(clicks, others, strict=True):
            by_message.setdefault(messages[click.message_id].id, {}).update(dict.fromkeys(places))
        by_id = {message.id: message for message in messages.values()}
        clearing, small, chosen = _Clearing(configured), list[SmallChoice](), Counter[str]()
        for message_id, found in by_message.items():
            tracked, places = by_id[message_id], list(found)
            if not tracked.is_large:
                small.append(SmallChoice(message_id, places, clearing.unable(tracked)))
            else:
                chosen += await self._choose_large(app, tracked, places, clearing.unable(tracked))
        chosen += await stores.click_queue.choose(app, small)
        for vendor, count in chosen.items():
            self._context.metrics.withdrawn(app.name, vendor, count)

    async def _choose_large(
        self, app: App, tracked: TrackedMessage, places: Sequence[Place], unable: Sequence[str]
    ) -> Counter[str]:
        """Choose terminals of one large message, of all parts of it, or of a message and its steps;
        returns how many by vendor.
        """
        assert tracked.message is not None
        by_shard: dict[int, list[int]] = {}
        for shard, slot in places:
            by_shard.setdefault(shard, []).append(slot)
        keep_until, found = self._stores.retention.keep_until(tracked.message), Counter[str]()
        for one in await self._sent_as(tracked.message):
            found += await self._stores.withdrawals.choose(app, one, by_shard, unable, keep_until)
        return found

    async def _sent_as(self, message: Message) -> list[str]:
        """The ids under which users got the message: those of its parts, or those of the escalated
        message and all its steps, because to users these are the same message.
        """
        tracked = self._stores.tracked
        first = message.escalates.message_id if message.escalates else message.id
        steps = await tracked.steps.ids(first) if message.escalates or message.escalate else []
        return [*await tracked.families.ids(first), *steps]

    async def _other_places(self, app: App, clicked: Sequence[Place]) -> list[list[Place]]:
        """For each terminal, the present and former places of its user's terminals. Empty for a
        terminal without a user, and for a user with more than 64 terminals in a shard.
        """
        names = await self._lookup.by_places(app, clicked)
        users = {place: name.user for place, name in names.items() if name.user}
        # A terminal that moved since it got the message is known by its former slot.
        located = await self._stores.user_places.of(app, list(dict.fromkeys(users.values())))
        return [
            [(slot.shard, slot.slot) for slot in located.get(users.get(place, ""), ())] for place in clicked
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


class _Clearing:
    """The vendors through which notifications of messages cannot be removed. Vendors' own options
    decide, and most messages have none.

    A vendor without settings in this process is not among them: the removal waits for a worker that
    has the settings, as every push does.
    """

    def __init__(self, configured: ConfiguredApp) -> None:
        self._configured = configured
        self._without_options: Sequence[str] | None = None

    def unable(self, tracked: TrackedMessage) -> Sequence[str]:
        """The vendors that can remove no notification of a message."""
        assert tracked.message is not None
        if self._without_options is not None and not tracked.message.options.vendors:
            return self._without_options
        reasons = clearing_vendors(self._configured, tracked.message)
        found = [vendor for vendor, reason in reasons.items() if reason]
        if not tracked.message.options.vendors:
            self._without_options = found
        return found


def _draft(original: Message, sent_as: str, terminals: Sequence[str], now: datetime) -> Draft:
    """The small message that removes the notification of `original` from these terminals. `sent_as`
    is the id under which they got the notification: a part has an id of its own.
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
