"""Running the registry's scripts on one shard of an app; `records.lua` lists the keys."""

from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import Value, portions, script

ROWS_PER_SCRIPT = 100
"""Terminals that one script registers or forgets: every other client waits for a script to end."""
LOOKUPS_PER_SCRIPT = 250
"""Ids or tokens that one script looks up."""


async def run(redis: Redis, name: str, app: App, shard: int, *args: Value) -> list[bytes | None]:
    """Run a script of this package. Raises EngineUnavailable."""
    answer = await script("pushgate.terminals", name)(redis, [tag(app, shard)], args)
    return cast("list[bytes | None]", answer or [])


async def locate(redis: Redis, app: App, shard: int, terminal_ids: list[str]) -> list[list[SlotRef]]:
    """For each terminal of the shard its slot, followed by its former one if it moved; empty if
    unknown.
    """
    found: list[list[SlotRef]] = []
    for some in portions(terminal_ids, LOOKUPS_PER_SCRIPT):
        found += [parse_slots(shard, text or b"") for text in await run(redis, "locate", app, shard, *some)]
    return found


def parse_slots(shard: int, text: bytes) -> list[SlotRef]:
    """The slots in a script's answer: lines of group and slot."""
    lines = (line.split(" ") for line in text.decode().splitlines())
    return [SlotRef(shard, Group.parse(group), int(slot)) for group, slot in lines]
