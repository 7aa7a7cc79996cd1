"""Push time: due messages in (claimed), jobs out (submitted). Each step may be done again after a crash, harmlessly."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate import logs, tasks
from pushgate.clock import Clock
from pushgate.dispatch.codec import Job
from pushgate.errors import EngineUnavailable
from pushgate.grouping.audience import resolve
from pushgate.grouping.blocking import Selection, cut, merge, select
from pushgate.model import App, AudienceKind, ByToken, Envelope, Everyone, Group, Priority, State, Status
from pushgate.pushtime.metrics import SchedulerMetrics
from pushgate.pushtime.outbox import Outbox
from pushgate.queue.messages import Messages
from pushgate.redis import shard_of
from pushgate.results.accounts import Accounts
from pushgate.results.pending import Block, Failure, Pending, Planned, Scope
from pushgate.terminals.registry import Registry
from pushgate.terminals.tokens import Numbering, Tokens

_AT_ONCE = 16
_log = logs.get("pushtime")


@dataclass(frozen=True, slots=True)
class Sender:
    """An app as push time sees it: its registry's shards and the vendors it is set up for."""

    app: App
    vendors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stores:
    """Where push time reads and writes."""

    messages: Messages
    registry: Registry
    tokens: Tokens
    pending: Pending
    accounts: Accounts


class Fire:
    """Claims what is due, plans it, submits its jobs."""

    def __init__(
        self,
        stores: Stores,
        outbox: Outbox,
        senders: Mapping[str, Sender],
        clock: Clock,
        holder: str,
        lease: timedelta,
        metrics: SchedulerMetrics,
    ) -> None:
        self._stores = stores
        self._outbox = outbox
        self._senders = senders
        self._clock = clock
        self._holder = holder
        self._lease = lease
        self._metrics = metrics
        self.stopping = False
        self._running: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Claim no more."""
        self.stopping = True

    async def due(self) -> int:
        """Begin to dispatch every message that is due; returns how many. Waits only for a free place among the few
        that are dispatched at once, so that an urgent push does not wait for a broadcast."""
        total = 0
        while not self.stopping:
            while len(self._running) >= _AT_ONCE:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            free = _AT_ONCE - len(self._running)
            claimed = await self._stores.messages.claim(self._clock.now(), self._lease, self._holder, free)
            for message in claimed:
                task = asyncio.create_task(self._held(message))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            total += len(claimed)
            if len(claimed) < free:
                break
        return total

    async def settled(self) -> None:
        """Wait until nothing is being dispatched."""
        while self._running:
            await asyncio.wait(self._running)

    async def _held(self, message: Envelope) -> None:
        """Dispatch while the claim is renewed."""
        renewing = asyncio.create_task(self._keep_renewing(message.id))
        try:
            await self._dispatch(message)
        except EngineUnavailable as error:
            # Its lease runs out and it is claimed again; what was planned stays planned.
            _log.warning(
                "dispatch interrupted", action="dispatch_failed", message=message.id, error=str(error)
            )
        except Exception:  # noqa: BLE001  # one message's fault must not stop the others
            _log.exception("dispatch failed", action="dispatch_failed", message=message.id)
        finally:
            await tasks.end(renewing)

    async def _keep_renewing(self, message_id: str) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            with contextlib.suppress(EngineUnavailable):
                await self._stores.messages.renew(message_id, self._holder, self._clock.now() + self._lease)

    async def _dispatch(self, message: Envelope) -> None:
        started = self._clock.now()
        stores = self._stores
        sender = await self._sender(message.app)
        keep_until = stores.messages.keep_until(message)
        jobs = 0
        scopes = [Scope(sender.app, shard, message.id, keep_until) for shard in range(sender.app.shards)]
        async for scope, blocks in self._blocks(message, sender, scopes, started):
            found = list(jobs_for(message, scope.shard, blocks))
            await self._submit(message, found)
            jobs += len(found)
        status = await stores.messages.submitted(
            message.id, self._holder, self._clock.now() + timedelta(seconds=1)
        )
        if status is Status.CANCELLED:
            await stores.pending.end(sender.app, message.id, keep_until, State.CANCELLED)
        if await stores.accounts.open(sender.app, message.id) == 0:
            await stores.messages.finish(message.app, message.id)
        self._metrics.dispatched(message.app, started - message.push_at, jobs)
        _log.info(
            "message dispatched",
            action="dispatched",
            app=message.app,
            message=message.id,
            jobs=jobs,
            late_ms=(started - message.push_at) // timedelta(milliseconds=1),
        )

    async def _blocks(
        self, message: Envelope, sender: Sender, scopes: Sequence[Scope], now: datetime
    ) -> AsyncIterator[tuple[Scope, list[Block]]]:
        """What is to be sent, shard by shard: of a new message all that is planned, else the failures it resumes."""
        pending = self._stores.pending
        if message.resend:
            for scope in scopes:
                yield scope, await pending.resume(scope, message.resend, sorted(sender.vendors))
            return
        selected = await self._select(sender.app, message, scopes[0].keep_until)
        for scope, selection in zip(scopes, selected, strict=True):
            planned = list(self._planned(message, sender, selection, now))
            await pending.plan(scope, planned)
            yield scope, [item.block for item in planned if item.state is State.PENDING]

    async def _sender(self, name: str) -> Sender:
        """The app; one that is no longer configured keeps its registry but has no vendors."""
        known = self._senders.get(name)
        return known or Sender(await self._stores.registry.adopt(App(name)), frozenset())

    async def _select(self, app: App, message: Envelope, keep_until: datetime) -> Sequence[Selection]:
        if message.audience.kind is AudienceKind.ALL:
            return await resolve(self._stores.registry, app, Everyone())
        found: list[dict[Group, dict[int, int]]] = [{} for _ in range(app.shards)]
        numbering, home = Numbering(), shard_of(app, message.id)
        async for piece in self._stores.messages.audience(message.id, message.audience):
            if isinstance(piece, ByToken):
                inline = numbering.place(piece.tokens)
                await self._stores.tokens.keep_inline(app, home, message.id, inline, keep_until)
                merge(found[home], select(inline.slots()))
            else:
                for together, selection in zip(
                    found, await resolve(self._stores.registry, app, piece), strict=True
                ):
                    merge(together, selection)
        return found

    def _planned(
        self, message: Envelope, sender: Sender, selection: Selection, now: datetime
    ) -> Iterator[Planned]:
        expired = now >= message.expires_at
        for group, bits in selection.items():
            state, failure = State.PENDING, None
            if expired:
                state = State.EXPIRED
            elif group.vendor not in sender.vendors:
                state, failure = (
                    State.REJECTED,
                    Failure(group.vendor, "vendor_not_configured", "the app has no settings for this vendor"),
                )
            for block, slots in bits.items():
                if slots:
                    yield Planned(Block(group, block), slots, state, failure)

    async def _submit(self, message: Envelope, jobs: Sequence[Job]) -> None:
        try:
            await self._outbox.submit(jobs)
        except EngineUnavailable as error:
            # The message is planned: the sweep submits what is pending as soon as Gearman is back.
            _log.warning(
                "Gearman is out of reach", action="submit_failed", message=message.id, error=str(error)
            )


URGENT_BLOCKS = 64
"""A message of high priority to more blocks than this, in a shard, is a broadcast: it goes first among the others, but not
through the capacity that is kept free for urgent pushes."""


def jobs_for(message: Envelope, shard: int, blocks: Sequence[Block], attempt: int = 0) -> Iterator[Job]:
    """The jobs that send these blocks."""
    high = message.priority is Priority.HIGH
    by_group: dict[str, list[Block]] = {}
    for block in blocks:
        by_group.setdefault(block.group.key, []).append(block)
    for found in by_group.values():
        for numbers in cut(block.number for block in found):
            yield Job(
                message.app,
                message.id,
                found[0].group,
                shard,
                numbers,
                attempt,
                message.priority,
                urgent=high and len(blocks) <= URGENT_BLOCKS,
                resend=message.resend.count if message.resend else 0,
            )
