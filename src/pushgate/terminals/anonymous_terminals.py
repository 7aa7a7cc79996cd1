"""Finds terminals that registered themselves without a registration token, by their push tokens."""

from collections.abc import Sequence

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import by_shard, tag
from pushgate.redis.scripts import portions
from pushgate.terminals.rows import bucket_of
from pushgate.terminals.shard_scripts import LOOKUPS_PER_SCRIPT, run
from pushgate.terminals.terms import ANONYMOUS_TERM
from pushgate.terminals.token_owners import TokenOwners
from pushgate.terminals.tokens import digest


class AnonymousTerminals:
    """The anonymous terminals of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._owners = TokenOwners(redis)

    async def tokens_among(self, app: App, tokens: Sequence[str]) -> frozenset[str]:
        """The push tokens among these that anonymous terminals have."""
        if not tokens or not await self._has_any(app):
            return frozenset()
        owners = await self._owners.find(app, list(map(digest, tokens)))
        ids = [one for found in owners for one in found]
        anonymous = set[bytes | None]()
        for shard, some in by_shard(app, ids, str).items():
            for few in portions(some, LOOKUPS_PER_SCRIPT):
                args = [part for one in few for part in (one, bucket_of(one))]
                anonymous.update(await run(self._redis, "anonymous", app, shard, *args))
        return frozenset(token for token in tokens if token.encode() in anonymous)

    async def _has_any(self, app: App) -> bool:
        """Whether there may be anonymous terminals: most apps have none."""
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for shard in range(app.shards):
                pipe.hexists(f"{tag(app, shard)}:names", ANONYMOUS_TERM)
            return any(await pipe.execute())
