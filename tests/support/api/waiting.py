"""Messages whose terminals wait, and the reasons that results name."""

from dataclasses import replace
from datetime import timedelta

import httpx
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients, describe
from tests.support.blocks import open_blocks
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, MessageShard, Planned


async def pending_message(clients: ApiClients, vendor: str, app: str = "shop") -> str:
    """A message that is being sent, with one terminal pending at a vendor."""
    client: httpx.AsyncClient = getattr(clients, app)
    message_id: str = (await client.post("/v1/messages", json=GOOD)).json()["id"]
    await clients.context.stores.claims.claim(
        clients.context.clock.now(), timedelta(seconds=30), "scheduler", 10
    )
    scope = MessageShard(App(app), 0, message_id, clients.context.clock.now() + timedelta(days=1))
    block = Block(Group(vendor, "en"), 0)
    await open_blocks(clients.context.redis, scope.app, [block])
    await clients.context.stores.plans.write(scope, [Planned(block, 1)])
    await clients.context.stores.claims.mark_submitted(message_id, "scheduler", clients.context.clock.now())
    return message_id


async def waiting(clients: ApiClients, message_id: str, app: str = "shop") -> list[dict[str, object]]:
    client: httpx.AsyncClient = getattr(clients, app)
    answer = await client.get(f"/v1/messages/{message_id}/results")
    found: list[dict[str, object]] = answer.json()["waiting"]
    return found


async def serve(clients: ApiClients, clock: SetClock, *names: str) -> None:
    """A live worker that sends through these vendors for one app, and through FCM for another."""
    serves = (*(("shop", name) for name in names), ("news", "fcm"))
    await clients.context.stores.heartbeats.beat(
        "worker-1", replace(describe("worker", clock), serves=serves)
    )
