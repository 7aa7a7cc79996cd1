"""Values that are stored by slot, and names by their number, read chunk by chunk."""

from collections.abc import Iterable

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import tag
from pushgate.terminals.chunks import SLOTS_PER_CHUNK, by_chunk

_MIN_OF_WHOLE = 16
"""From this many slots on, a chunk is read whole: naming each of them takes longer."""
_FIELDS = tuple(str(offset).encode() for offset in range(SLOTS_PER_CHUNK))


async def read_values(
    redis: Redis, app: App, shard: int, name: str, slots: Iterable[int]
) -> dict[int, bytes]:
    """What a shard stores by these slots, or numbers, under `name`; those without a value are left
    out.

    One round trip. Raises EngineUnavailable.
    """
    chunks = by_chunk(slots)
    async with reaching(Changes.NOTHING), redis.pipeline(transaction=False) as pipe:
        for chunk, offsets in chunks.items():
            key = f"{tag(app, shard)}:{name}:{chunk}"
            if len(offsets) < _MIN_OF_WHOLE:
                pipe.hmget(key, [_FIELDS[offset] for offset in offsets])
            else:
                pipe.hgetall(key)
        answers = await pipe.execute()
    found: dict[int, bytes] = {}
    for (chunk, offsets), values in zip(chunks.items(), answers, strict=True):
        first = chunk * SLOTS_PER_CHUNK
        for index, offset in enumerate(offsets):
            value = values.get(_FIELDS[offset]) if isinstance(values, dict) else values[index]
            if value is not None:
                found[first + offset] = value
    return found
