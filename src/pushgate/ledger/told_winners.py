"""Which variant the rest of a message gets, as each shard was told: workers send the rest from then
on.
"""

from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.experiment import Decision
from pushgate.ledger.shard_scripts import run
from pushgate.ledger.values import MessageShard, message_key
from pushgate.redis.client import Changes, reaching

_decode = msgspec.json.Decoder(Decision).decode


class ToldWinners:
    """What the shards of all messages were told. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, app: App, message_id: str) -> dict[int, Decision]:
        """The decision that each shard was told of; shards that know of none are left out."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.get(f"{message_key(app, shard, message_id)}:winner-told")
            found = cast("list[bytes | None]", await pipe.execute())
        return {shard: _decode(raw.split(b" ", 2)[2]) for shard, raw in enumerate(found) if raw}

    async def tell(self, message_shard: MessageShard, decision: Decision) -> Decision:
        """Let the rest of a shard be sent: it gets this variant, unless the shard was told of an
        earlier decision. Returns the one that it has. Idempotent.
        """
        args = decision.variant, to_ms(decision.at), to_ms(message_shard.keep_until)
        answer = await run(self._redis, "tell_winner", message_shard, msgspec.json.encode(decision), *args)
        return _decode(cast("bytes", answer))
