"""Decides about what waits in a store that went back: it is sent, cancelled, or counts as sent."""

from collections import Counter
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
from pushgate.restore.listing import HeldMessage, held_messages
from pushgate.runtime import logs
from pushgate.stores import Stores

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


class _Resuming:
    """Carries out a choice for messages of one app."""

    def __init__(self, stores: Stores, app: App) -> None:
        self._stores = stores
        self._app = app
        self._segments: dict[tuple[int, int, int], tuple[Home, WaitingSegment]] = {}

    async def run(self, choice: Choice, message_id: str) -> Counter[Choice]:
        """Return how many messages had each choice."""
        chosen: Counter[Choice] = Counter()
        # All are found before the first changes: what is sent on leaves the lists.
        found = [one async for one in held_messages(self._stores, self._app)]
        for message in found:
            if message_id and message.id != message_id:
                continue
            fitting = choice
            if choice is Choice.SEND and message.at_most_once and not message_id:
                fitting = Choice.CANCEL
            await self._settle(message, fitting, alone=bool(message_id))
            chosen[fitting] += 1
        for home, segment in self._segments.values():
            await self._stores.held_small.go_on_with_segments(home, [segment])
        return chosen

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
                await self._stores.held_small.go_on_with_slots(home, bundle, [slot])
        elif alone:
            # The message leaves the others of its segment, which wait.
            await self._stores.tracked.changes.separate(self._app, message.id)
        else:
            self._note_segment(message, message.segment)

    def _note_segment(self, message: HeldMessage, segment: WaitingSegment) -> None:
        """A whole segment goes on once its other messages have been cancelled."""
        shard = int(message.id[13:16], 16)
        self._segments[shard, segment.page, segment.number] = Home(self._app, shard), segment

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
