"""Blocks of groups as the registry opens them, for tests that register no terminals."""

from collections.abc import Iterable

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.ledger.values import Block
from pushgate.redis.hash_tags import tag


async def open_blocks(redis: Redis, app: App, blocks: Iterable[Block]) -> None:
    """Give the blocks to their groups, in every shard of the app."""
    groups = {block.number: block.group.key for block in blocks}
    for shard in range(app.shards):
        key = f"{tag(app, shard)}:blocks"
        await redis.delete(key)
        await redis.rpush(key, *(groups.get(number, "none/und") for number in range(max(groups) + 1)))
