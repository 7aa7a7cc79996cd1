"""Puts aside what a store that went back may have sent since: messages that were due, and messages
that were being sent.

In: the hold. Out: messages that nobody sends before somebody decides. They expire by their time to
live all the same.
"""

from pushgate.bundles.values import Home
from pushgate.domain.app import App
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.message import Status
from pushgate.domain.message_id import created_ms
from pushgate.fleet.store_hold import StoreHold
from pushgate.ledger.values import MessageShard
from pushgate.messages.stored import StoredEnvelope
from pushgate.runtime import logs
from pushgate.stores import Stores

_log = logs.get("restore")


async def hold_restored(stores: Stores, clock: Clock, *, alive: bool = False) -> StoreHold | None:
    """Look whether the store went back, and put aside what must wait then; return the hold.

    Call it before anything is sent. `alive` notes that a scheduler looks. Several processes may do
    so at once. Raises EngineUnavailable; a later call goes on.
    """
    hold = await stores.store_holds.look(alive=alive)
    if hold is None or hold.is_complete:
        return hold
    messages, small = await _Holding(stores, clock, hold).run()
    await stores.store_holds.complete(hold)
    _log.warning(
        "the store went back to an earlier time: what may have been sent since waits",
        action="restore_held",
        reason=hold.reason.value,
        since=hold.since.isoformat(),
        messages=messages,
        small=small,
    )
    return hold


class _Holding:
    """One walk over the store. Each step may be repeated."""

    def __init__(self, stores: Stores, clock: Clock, hold: StoreHold) -> None:
        self._stores = stores
        self._clock = clock
        self._hold = hold

    async def run(self) -> tuple[int, int]:
        """Put aside what must wait; return how many large messages, and how many segments and
        pushes of small ones.
        """
        apps = {app.name: app for app in await self._stores.registered_apps.all_apps()}
        messages = small = 0
        await self._stores.series.hold(self._hold.at)
        for app, message_id in await self._candidates(apps):
            messages += await self._hold_message(app, message_id)
        for app in apps.values():
            for shard in range(app.shards):
                small += await self._stores.held_small.hold(Home(app, shard), self._hold.at, self._hold.id)
        return messages, small

    async def _candidates(self, apps: dict[str, App]) -> list[tuple[App, str]]:
        """Large messages that may have to wait, with their apps."""
        held = self._stores.held_messages
        found: list[tuple[App, str]] = []
        unowned = await held.in_flight() | await held.due_before(self._hold.at)
        for app in apps.values():
            pushed = await held.pushed_between(app.name, self._hold.since, self._hold.at)
            found += [(app, message_id) for message_id in sorted(pushed)]
            unowned -= pushed
        for message_id in sorted(unowned):
            if owner := apps.get(await held.owner(message_id)):
                found.append((owner, message_id))
        at_ms = to_ms(self._hold.at)
        return [(app, message_id) for app, message_id in found if created_ms(message_id) < at_ms]

    async def _hold_message(self, app: App, message_id: str) -> bool:
        """Put a message aside where some of it may be sent; return whether it waits."""
        stored = await self._stores.held_messages.find(app.name, message_id)
        if stored is None or not await self._must_wait(app, stored):
            return False
        message = stored.envelope
        if not await self._stores.held_messages.hold(app.name, message_id, message.expires_at, self._hold.id):
            return False
        if stored.status is not Status.SCHEDULED:
            keep_until = self._stores.retention.keep_until(message)
            for shard in range(app.shards):
                message_shard = MessageShard(app, shard, message_id, keep_until)
                await self._stores.held_blocks.hold(message_shard, message.expires_at)
        return True

    async def _must_wait(self, app: App, stored: StoredEnvelope) -> bool:
        """Whether a message would be sent, or sent on, if nobody held it."""
        if stored.status is Status.CANCELLED or stored.envelope.expires_at <= self._clock.now():
            return False
        if await self._stores.held_messages.has_step_before(stored.envelope.id, self._hold.at):
            return True
        if stored.status is Status.SENDING:
            return not await self._stores.results.settled(app, stored.envelope.id)
        if stored.status is Status.SENT:
            # A shard that was copied earlier than the queue may have pending terminals.
            return await self._stores.results.open_count(app, stored.envelope.id) > 0
        return True
