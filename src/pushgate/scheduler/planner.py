"""Who is targeted by a message, written down shard by shard as pending bits. Harmless to do again: a shard that has its
plan keeps it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

from pushgate.apps.catalog import AppCatalog, ConfiguredApp
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind, ByToken, Everyone
from pushgate.domain.clock import Clock
from pushgate.domain.message import Delivery, Envelope
from pushgate.domain.outcome import FailureCode, State
from pushgate.domain.terminal import Group
from pushgate.grouping.resolve import resolve
from pushgate.grouping.selection import Selection, merge, select
from pushgate.ledger.pending import Block, Failure, MessageShard, Planned, not_configured
from pushgate.redis.keys import shard_of
from pushgate.runtime import logs
from pushgate.stores import Stores
from pushgate.terminals.tokens import Numbering

_LOST = "the record of what was sent to this shard was lost, and the message asked not to be sent twice"
_log = logs.get("pushtime")


class Planner:
    """Plans messages that a scheduler has claimed."""

    def __init__(self, stores: Stores, catalog: AppCatalog, clock: Clock) -> None:
        self._stores = stores
        self._catalog = catalog
        self._clock = clock

    async def app(self, name: str) -> App:
        """The app as its registry was created."""
        return (await self._catalog.ensure(name)).app

    async def blocks(self, message: Envelope) -> AsyncIterator[tuple[MessageShard, list[Block]]]:
        """What is to be sent, shard by shard. Of a message whose failures are sent again these become pending first;
        of another one, shards without a plan get it first."""
        configured, pending = await self._catalog.ensure(message.app), self._stores.pending
        until = self._stores.retention.keep_until(message)
        scopes = [
            MessageShard(configured.app, shard, message.id, until) for shard in range(configured.app.shards)
        ]
        if message.resend:
            for scope in scopes:
                await pending.resume(scope, message.resend, sorted(configured.vendors))
                yield scope, await pending.blocks(scope)
            return
        missing = frozenset(await pending.unplanned(configured.app, message.id))
        selected = await self._select(configured.app, message, until) if missing else []
        lost = bool(missing) and await self._must_not_be_sent_again(message)
        for scope in scopes:
            if scope.shard in missing:
                rows = self._planned(message, configured, selected[scope.shard], self._clock.now(), lost)
                await pending.plan(scope, list(rows))
            yield scope, await pending.blocks(scope)

    async def _must_not_be_sent_again(self, message: Envelope) -> bool:
        """Whether what has no plan may have been sent, and the message asked not to be sent twice."""
        if message.delivery is not Delivery.AT_MOST_ONCE:
            return False
        return await self._stores.claims.was_replanned(message.id)

    async def _select(self, app: App, message: Envelope, keep_until: datetime) -> Sequence[Selection]:
        if message.audience.kind is AudienceKind.ALL:
            return await resolve(self._stores.registry, app, Everyone())
        found: list[dict[Group, dict[int, int]]] = [{} for _ in range(app.shards)]
        numbering, home = Numbering(), shard_of(app, message.id)
        async for piece in self._stores.audiences.read(message.id, message.audience):
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
        self, message: Envelope, configured: ConfiguredApp, selection: Selection, now: datetime, lost: bool
    ) -> Iterator[Planned]:
        expired = now >= message.expires_at
        for group, bits in selection.items():
            state, failure = State.PENDING, None
            if expired:
                state = State.EXPIRED
            elif lost:
                state, failure = State.REJECTED, Failure(group.vendor, FailureCode.UNANSWERED, _LOST)
            elif group.vendor not in configured.vendors:
                # Another process may have them: the job waits for a worker that does, as long as there is time.
                failure = not_configured(group.vendor)
            for block, slots in bits.items():
                if slots:
                    yield Planned(Block(group, block), slots, state, failure)
