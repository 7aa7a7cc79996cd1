"""Messages that go out in parts, through the API; the tests play the scheduler and the worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock

from pushgate.domain.message_id import part_id
from pushgate.domain.outcome import State
from pushgate.ledger.values import MessageShard, Move
from pushgate.scheduler.families import FamilyRounds
from pushgate.scheduler.planner import Planner

LEASE = timedelta(seconds=15)
EVENING = {"local": "2031-01-01T20:00"}
TOKYO, BERLIN, NEW_YORK = (
    "2031-01-01T11:00:00+00:00",
    "2031-01-01T19:00:00+00:00",
    "2031-01-02T01:00:00+00:00",
)
MESSAGE = {**GOOD, "audience": {"all": True}, "push_time": EVENING}


@dataclass(frozen=True, slots=True)
class PlayedParts:
    """The API, and the scheduler and the worker of a test."""

    clients: ApiClients
    clock: SetClock

    async def register(self, **zones: str | None) -> None:
        """Register terminals of these names, each in its zone."""
        for name, zone in zones.items():
            body = {"vendor": "apns", "token": name.encode().hex().ljust(64, "0"), "timezone": zone}
            answer = await self.clients.shop.put(f"/v1/terminals/{name}", json=body)
            assert answer.is_success, answer.text

    async def create(self, **fields: object) -> dict[str, Any]:
        """Create a message; returns the answer."""
        answer = await self.clients.shop.post("/v1/messages", json=MESSAGE | fields)
        assert answer.status_code == 202, answer.text
        created: dict[str, Any] = answer.json()
        return created

    async def play_until(self, at: str) -> None:
        """Make and plan all parts that are due up to an instant."""
        end = datetime.fromisoformat(at)
        while self.clock.now() < end:
            self.clock.advance(
                min(900 - self.clock.now().timestamp() % 900, (end - self.clock.now()).seconds or 900)
            )
            for _ in range(2):
                await self._advance()
                self.clock.advance(1)

    async def _advance(self) -> None:
        context = self.clients.context
        stores = context.stores
        await FamilyRounds(stores, self.clock).run_once()
        for envelope in await stores.claims.claim(self.clock.now(), LEASE, "scheduler", 10):
            planner = Planner(stores, self.clock)
            async for _ in planner.plan(envelope, context.catalog.apps[envelope.app]):
                pass
            await stores.claims.mark_submitted(envelope.id, "scheduler", self.clock.now())

    async def accept(self, message_id: str, number: int) -> None:
        """The vendor accepts all pushes of a part."""
        stores, app = self.clients.context.stores, self.clients.context.catalog.apps["shop"].app
        stored = await stores.messages.read("shop", part_id(message_id, number))
        for shard in range(app.shards):
            scope = MessageShard(app, shard, stored.message.id, stores.retention.keep_until(stored.message))
            blocks = await stores.pending.blocks(scope)
            taken = await stores.leases.take(scope, "worker", LEASE, blocks)
            moves = [Move(block, bits, State.ACCEPTED) for block, bits in taken.pending.items()]
            await stores.outcomes.record(scope, "worker", LEASE, blocks, moves)
            await stores.leases.release(scope, "worker", blocks)
        await stores.lifecycle.finish("shop", stored.message.id)
