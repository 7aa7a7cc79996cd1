"""The index of push tokens: which terminal has one. Cut into shards by token; entries never grow with their terminals."""

from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.redis.keys import shard_of, tag
from pushgate.redis.scripts import portions, script

_LOOKED_UP = 500
"""Tokens that one script looks up."""
Holding = tuple[bytes, str]
"""A push token's digest and the id of a terminal that has it."""


class TokenOwners:
    """The token indexes of all apps."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def of(self, app: App, digests: Sequence[bytes]) -> list[list[str]]:
        """For each token the ids of the terminals that have it: none, one, or the new one and a few before."""
        return await self._run(app, "owners", [(digest, "") for digest in digests])

    async def own(self, app: App, held: Sequence[Holding]) -> list[list[str]]:
        """Terminals take tokens over; for each the ids of the others that had its token, to be forgotten."""
        return await self._run(app, "own", held)

    async def disown(self, app: App, held: Sequence[Holding]) -> None:
        """Terminals have these tokens no more."""
        await self._run(app, "disown", held)

    async def _run(self, app: App, verb: str, held: Sequence[Holding]) -> list[list[str]]:
        found: list[list[str]] = [[] for _ in held]
        by_shard: dict[int, list[int]] = {}
        for index, (digest, _) in enumerate(held):
            by_shard.setdefault(shard_of(app, digest.hex()), []).append(index)
        own = script("pushgate.terminals", "token_owners")
        for shard, indexes in by_shard.items():
            for some in portions(indexes, _LOOKED_UP):
                pairs = [part for index in some for part in held[index]]
                answers = cast("list[bytes]", await own(self._redis, [tag(app, shard)], [verb, *pairs]))
                for index, others in zip(some, answers, strict=True):
                    found[index] = others.decode().split("\n") if others else []
        return found
