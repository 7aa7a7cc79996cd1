"""The memory of the registry by kind of key."""

import re
from collections import Counter
from collections.abc import Mapping

from redis.asyncio import Redis

_KIND = re.compile(rb"^\{[^}]*\}:(b:\d+:(?:[a-z]:)?|[^:]+)")
_SAMPLE = 300
"""Keys of a kind whose size is asked; the others are taken for as large."""
_BITS = {b"t": "bits of tags", b"z": "bits of time zones", b"d": "bits of days", b"r": "bits of days"}


def _kind(key: bytes) -> str:
    found = _KIND.match(key)
    name = found[1] if found else b"other"
    if name.startswith(b"b:"):
        return _BITS.get(name[-2:-1], "other bits")
    return name.decode()


async def bytes_by_kind(redis: Redis) -> Mapping[str, float]:
    """Bytes by kind of key, the largest first."""
    totals, samples = Counter[str](), dict[str, list[bytes]]()
    async for key in redis.scan_iter(count=1000):
        kind = _kind(key)
        totals[kind] += 1
        sample = samples.setdefault(kind, [])
        if len(sample) < _SAMPLE or (totals[kind] % 97 == 0 and len(sample) < 2 * _SAMPLE):
            sample.append(key)
    sizes: dict[str, float] = {}
    for kind, keys in samples.items():
        async with redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.memory_usage(key, samples=0)
            sizes[kind] = sum(await pipe.execute()) / len(keys) * totals[kind]
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))
