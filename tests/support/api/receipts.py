"""A message that Huawei accepted, and the posting of its receipts."""

from datetime import timedelta

import httpx
from tests.support.api.door import Door
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group, Terminal
from pushgate.ledger.pending import Block, MessageShard, Move, Planned

APP = App("shop")
TOKENS = [f"huawei-token-{n}" for n in range(20)]


async def sent(door: Door, clock: SetClock, vendor: str = "huawei", count: int = 20) -> str:
    """A message that so many terminals accepted."""
    front = door.front
    tokens = [*TOKENS, *(f"more-{n}" for n in range(count - len(TOKENS)))]
    terminals = [Terminal(f"t-{n}", vendor, token, "en") for n, token in enumerate(tokens)]
    everyone = (1 << count) - 1
    await front.stores.registry.register(APP, terminals)
    clock.advance(1)
    body = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"all": True}}
    message_id: str = (await door.shop.post("/v1/messages", json=body)).json()["id"]
    (message,) = await front.stores.messages.claim(clock.now(), timedelta(seconds=15), "s", 1)
    scope = MessageShard(APP, 0, message_id, front.stores.messages.keep_until(message))
    block = Block(Group(vendor, "en"), 0)
    await front.stores.pending.plan(scope, [Planned(block, everyone)])
    await front.stores.pending.flush(
        scope, "w", timedelta(seconds=15), [], [Move(block, everyone, State.ACCEPTED)]
    )
    clock.advance(60)
    return message_id


async def post(door: Door, vendor: str, body: bytes, **headers: str) -> httpx.Response:
    secret = door.front.callbacks.address(vendor, "shop")
    return await door.anyone.post(f"/v1/receipts/{vendor}/shop/{secret}", content=body, headers=headers)
