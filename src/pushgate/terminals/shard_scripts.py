"""Running the registry's scripts on one shard of an app; `slots.lua` lists the keys."""

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.domain.terminal import Group
from pushgate.redis.hash_tags import tag
from pushgate.redis.scripts import Value, portions, script
from pushgate.terminals.rows import bucket_of

ROWS_PER_SCRIPT = 100
"""Terminals that one script registers or forgets: every other client waits for a script to end."""
LOOKUPS_PER_SCRIPT = 250
"""Ids, slots or tokens that one script looks up."""


async def run(redis: Redis, name: str, app: App, shard: int, *args: Value) -> list[bytes | None]:
    """Run a script of this package. Raises EngineUnavailable."""
    answer = await script("pushgate.terminals", name)(redis, [tag(app, shard)], args)
    return cast("list[bytes | None]", answer or [])


async def run_counting(redis: Redis, name: str, app: App, shard: int, *args: Value) -> int:
    """Run a script of this package that returns a number. Raises EngineUnavailable."""
    return cast("int", await script("pushgate.terminals", name)(redis, [tag(app, shard)], args))


async def locate(redis: Redis, app: App, shard: int, terminal_ids: Sequence[str]) -> list[list[SlotRef]]:
    """For each terminal of the shard its slot, followed by those that it had in other groups, the
    latest first; empty if unknown.
    """
    found: list[list[SlotRef]] = []
    for some in portions(terminal_ids, LOOKUPS_PER_SCRIPT):
        args: list[Value] = []
        for terminal_id in some:
            args += (terminal_id, bucket_of(terminal_id))
        found += [parse_slots(shard, text or b"") for text in await run(redis, "locate", app, shard, *args)]
    return found


def parse_slots(shard: int, text: bytes) -> list[SlotRef]:
    """The slots in a script's answer: lines of group and slot."""
    lines = (line.split(b" ") for line in text.splitlines())
    return [SlotRef(shard, parse_group(group), int(slot)) for group, slot in lines]


@lru_cache(maxsize=4096)
def parse_group(name: bytes) -> Group:
    """The group of a name in Redis, always the same object for the same name."""
    return Group.parse(name.decode())
