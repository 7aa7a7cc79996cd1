"""The index of push tokens: which terminal has a token. It is cut into shards by token; entries are
bounded.
"""

from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.redis.hash_tags import by_shard, tag
from pushgate.redis.scripts import portions, script

_TOKENS_PER_SCRIPT = 500
TokenOwner = tuple[bytes, str]
"""The digest of a push token, and the id of a terminal that has it."""


class TokenOwners:
    """The token indexes of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def find(self, app: App, digests: Sequence[bytes]) -> list[list[str]]:
        """For each token the ids of its owners: none, one, or the new owner and a few former
        ones.
        """
        return await self._run(app, "find_token_owners", [(digest, "") for digest in digests])

    async def take_over(self, app: App, owners: Sequence[TokenOwner]) -> list[list[str]]:
        """Make these the owners of their tokens; returns for each the ids of the others, which are
        to be forgotten.
        """
        return await self._run(app, "take_over_token", owners)

    async def remove(self, app: App, owners: Sequence[TokenOwner]) -> None:
        """Remove these owners of tokens from the index."""
        await self._run(app, "remove_token_owner", owners)

    async def _run(self, app: App, name: str, owners: Sequence[TokenOwner]) -> list[list[str]]:
        found: list[list[str]] = [[] for _ in owners]
        places = by_shard(app, range(len(owners)), lambda index: owners[index][0].hex())
        call = script("pushgate.terminals", name)
        for shard, indexes in places.items():
            for some in portions(indexes, _TOKENS_PER_SCRIPT):
                pairs = [part for index in some for part in owners[index]]
                answers = cast("list[bytes]", await call(self._redis, [tag(app, shard)], pairs))
                for index, ids in zip(some, answers, strict=True):
                    found[index] = ids.decode().split("\n") if ids else []
        return found
