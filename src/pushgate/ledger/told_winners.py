"""The decision on the rest of a message, as noted in each shard. Once it is noted, workers send the
rest.
"""

from collections.abc import Sequence
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.experiment import Decision
from pushgate.ledger.shard_scripts import run
from pushgate.ledger.values import MessageShard, is_planned, message_key
from pushgate.redis.client import Changes, reaching

_decode = msgspec.json.Decoder(Decision).decode


class ToldWinners:
    """The noted decisions of all messages. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, app: App, message_id: str, shards: Sequence[int]) -> dict[int, Decision]:
        """The decision noted in each of these shards; shards without one are left out."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in shards:
                pipe.get(f"{message_key(app, shard, message_id)}:winner-told")
            found = cast("list[bytes | None]", await pipe.execute())
        return {shard: _told(raw) for shard, raw in zip(shards, found, strict=True) if raw}

    async def untold(self, app: App, message_id: str, decision: Decision, shards: Sequence[int]) -> list[int]:
        """The planned shards among these that do not have this decision."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in shards:
                key = message_key(app, shard, message_id)
                pipe.mget([f"{key}:{name}" for name in ("marker", "winner", "winner-told")])
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        return [
            shard
            for shard, (marker, winner, told) in zip(shards, rows, strict=True)
            if is_planned(marker) and not (winner and told and _told(told) == decision)
        ]

    async def tell(self, message_shard: MessageShard, decision: Decision) -> Decision:
        """Let the rest of a shard be sent: it gets this variant, unless the shard has an earlier
        decision. Returns the shard's decision. Idempotent.
        """
        args = decision.variant, to_ms(decision.at), to_ms(message_shard.keep_until)
        answer = await run(self._redis, "tell_winner", message_shard, msgspec.json.encode(decision), *args)
        return _decode(cast("bytes", answer))


def _told(raw: bytes) -> Decision:
    """The decision in `:winner-told`, behind when it was decided and its variant."""
    return _decode(raw.split(b" ", 2)[2])
