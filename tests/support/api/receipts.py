"""A message that Huawei accepted, and the posting of its receipts."""

from datetime import timedelta

import httpx
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group, Terminal
from pushgate.ledger.values import Block, MessageShard, Move, Planned

APP = App("shop")
TOKENS = [f"huawei-token-{n}" for n in range(20)]


async def accepted_message(
    clients: ApiClients, clock: SetClock, vendor: str = "huawei", count: int = 20
) -> str:
    """A message that so many terminals accepted."""
    context = clients.context
    tokens = [*TOKENS, *(f"more-{n}" for n in range(count - len(TOKENS)))]
    terminals = [Terminal(f"t-{n}", vendor, token, "en") for n, token in enumerate(tokens)]
    everyone = (1 << count) - 1
    await context.stores.registry.register(APP, terminals)
    clock.advance(1)
    body = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"all": True}}
    message_id: str = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    (message,) = await context.stores.claims.claim(clock.now(), timedelta(seconds=15), "s", 1)
    scope = MessageShard(APP, 0, message_id, context.stores.retention.keep_until(message))
    block = Block(Group(vendor, "en"), 0)
    await context.stores.plans.write(scope, [Planned(block, everyone)])
    await context.stores.outcomes.record(
        scope, "w", timedelta(seconds=15), [], [Move(block, everyone, State.ACCEPTED)]
    )
    clock.advance(60)
    return message_id


async def post_callback(clients: ApiClients, vendor: str, body: bytes, **headers: str) -> httpx.Response:
    secret = clients.context.callbacks.address(vendor, "shop")
    return await clients.anyone.post(f"/v1/receipts/{vendor}/shop/{secret}", content=body, headers=headers)


async def read_results(clients: ApiClients, message_id: str) -> dict[str, int]:
    found: dict[str, int] = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    return found
