"""Decides about what waits in a store that went back: it is sent, cancelled, or counts as sent."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.values import CellKind, Home
from pushgate.cancellation import cancel
from pushgate.domain.app import App
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Status
from pushgate.domain.outcome import State
from pushgate.ledger.values import MessageShard
from pushgate.redis.scripts import portions
from pushgate.restore.listing import HeldMessage, held_portions
from pushgate.runtime import logs
from pushgate.stores import Stores

_AT_ONCE = 32
"""Messages that are decided about at the same time."""
_log = logs.get("restore")


class Choice(StrEnum):
    """What becomes of messages that wait."""

    SEND = "send"
    CANCEL = "cancel"
    MARK_SENT = "mark_sent"


@dataclass(frozen=True, slots=True)
class Resumed:
    """How many messages were sent on, cancelled and marked as sent, and how many wait still. The
    hold is over once none waits.
    """

    chosen: Counter[Choice]
    waiting: int


async def resume(stores: Stores, apps: Sequence[App], choice: Choice, message_id: str = "") -> Resumed:
    """Carry out a choice for all messages of these apps that wait, or for the one with this id.

    Of a choice for all, `at_most_once` messages are cancelled where they would be sent: the store
    cannot know that they were not. Ends the hold once nothing waits in any app. May be repeated.
    Raises NotFound where the message does not wait, EngineUnavailable.
    """
    chosen: Counter[Choice] = Counter()
    for app in apps:
        chosen += await _Resuming(stores, app).run(choice, message_id)
    if message_id and not chosen:
        raise NotFound(f"the message {message_id} does not wait")
    waiting = await count_waiting(stores)
    if waiting == 0:
        await end_hold(stores)
    return Resumed(chosen, waiting)


async def count_waiting(stores: Stores) -> int:
    """Forget what waits no longer; return how many large messages, segments and bundles wait."""
    waiting = 0
    for app in await stores.registered_apps.all_apps():
        waiting += await stores.held_messages.forget_expired(app.name)
        for shard in range(app.shards):
            waiting += await stores.held_small.forget_settled(Home(app, shard))
    return waiting


async def end_hold(stores: Stores) -> None:
    """End the hold where everything is put aside and decided."""
    hold = await stores.store_holds.read()
    if hold and hold.is_complete:
        await stores.store_holds.end(hold)
        _log.warning("nothing of the restored store waits any more", action="restore_ended")


def _fitting(message: HeldMessage, choice: Choice, *, alone: bool) -> Choice:
    """The choice for a message of a choice for many: a push that may have been sent is not sent
    again where the message forbids it.
    """
    return Choice.CANCEL if choice is Choice.SEND and message.at_most_once and not alone else choice


class _Resuming:
    """Carries out a choice for messages of one app."""

    def __init__(self, stores: Stores, app: App) -> None:
        self._stores = stores
        self._app = app
        self._segments: dict[tuple[Home, int, int], WaitingSegment] = {}
        self._slots: defaultdict[tuple[Home, int], list[int]] = defaultdict(list)

    async def run(self, choice: Choice, message_id: str) -> Counter[Choice]:
        """Return how many messages had each choice."""
        chosen: Counter[Choice] = Counter()
        # A portion is found before the first of it changes: what is sent on leaves the lists.
        async for found in held_portions(self._stores, self._app):
            wanted = [
                (message, _fitting(message, choice, alone=bool(message_id)))
                for message in found
                if not message_id or message.id == message_id
            ]
            for some in portions(wanted, _AT_ONCE):
                await asyncio.gather(
                    *(self._settle(message, fitting, alone=bool(message_id)) for message, fitting in some)
                )
            await self._go_on()
            chosen.update(fitting for _, fitting in wanted)
        return chosen

    async def _go_on(self) -> None:
        """Go on with whole segments and bundles, of which other messages have been cancelled."""
        for (home, _, _), segment in self._segments.items():
            await self._stores.held_small.go_on_with_segments(home, [segment])
        for (home, bundle), slots in self._slots.items():
            await self._stores.held_small.go_on_with_slots(home, bundle, slots)
        self._segments.clear()
        self._slots.clear()

    async def _settle(self, message: HeldMessage, choice: Choice, *, alone: bool) -> None:
        match choice:
            case Choice.SEND:
                await self._send(message, alone=alone)
            case Choice.CANCEL:
                await self._cancel(message)
            case Choice.MARK_SENT:
                await self._mark_sent(message)

    async def _send(self, message: HeldMessage, *, alone: bool) -> None:
        if message.becomes_large:
            await self._stores.tracked.enlargement.finish(self._app, [message.id])
        elif message.is_large:
            for message_shard in await self._shards(message):
                await self._stores.held_blocks.go_on(message_shard)
            await self._stores.held_messages.go_on(self._app.name, message.id)
        elif message.segment is None:
            for home, bundle, slot in message.slots:
                self._slots[home, bundle].append(slot)
        elif alone:
            # The message leaves the others of its segment, which wait.
            await self._stores.tracked.changes.separate(self._app, message.id)
        else:
            segment, home = message.segment, Home(self._app, int(message.id[13:16], 16))
            self._segments[home, segment.page, segment.number] = segment

    async def _cancel(self, message: HeldMessage) -> None:
        try:
            await cancel(self._stores, self._app, message.id)
        except Conflict:
            # The queue knows it as sent, and a shard that went back further has pending terminals.
            if message.is_large:
                await self._mark_sent(message)
        except NotFound:
            return  # it was forgotten meanwhile

    async def _mark_sent(self, message: HeldMessage) -> None:
        if message.becomes_large:
            # Stored as a large one, it would be due at once.
            is_stored = await self._stores.messages.exists(message.id)
            kind = CellKind.LARGE if is_stored else CellKind.NOBODY
            await self._stores.small_accounts.end_enlargement(self._app, message.id, kind)
            return
        if not message.is_large:
            await self._stores.held_small.mark_sent(self._app, message.id)
            return
        stored = await self._stores.held_messages.find(self._app.name, message.id)
        if stored is None:
            return
        keep_until = self._stores.retention.keep_until(stored.envelope)
        await self._stores.pending.end(self._app, message.id, keep_until, State.CANCELLED)
        await self._stores.held_messages.mark_sent(self._app.name, message.id)

    async def _shards(self, message: HeldMessage) -> list[MessageShard]:
        """The message in each shard of its app; none where nothing of it is planned."""
        stored = await self._stores.held_messages.find(self._app.name, message.id)
        if stored is None or stored.status is Status.SCHEDULED:
            return []
        keep_until = self._stores.retention.keep_until(stored.envelope)
        return [MessageShard(self._app, shard, message.id, keep_until) for shard in range(self._app.shards)]
