"""Which vendors keep pushes waiting, and why: read from the workers' circuit breakers and rate limiters.

`worker/rate_limiter.lua` describes the hashes and their fields.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import RefusalScope
from pushgate.fleet.problems import SystemProblemCode, Trouble
from pushgate.redis.client import reaching
from pushgate.redis.keys import QUEUE

Pair = tuple[str, str]
_FIELDS = ("since", "until", "kind", "code", "reason", "scope", "name")


def gate_key(part: str) -> str:
    """The key of a gate: `<app>:<vendor>` for all that the app sends to the vendor, longer for a part of that."""
    return f"{QUEUE}:gate:{part}"


class Troubles:
    """Reads the gates. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, pairs: Iterable[Pair]) -> Sequence[Trouble]:
        """Every trouble of these (app, vendor)."""
        wholes = [(pair, gate_key(":".join(pair))) for pair in pairs]
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for _, key in wholes:
                pipe.zrange(f"{key}:parts", 0, -1)
            parts = cast("list[list[bytes]]", await pipe.execute())
            keys = [
                (pair, name)
                for (pair, key), names in zip(wholes, parts, strict=True)
                for name in (key, *(found.decode() for found in names))
            ]
            for _, key in keys:
                pipe.hmget(key, _FIELDS)
            rows = cast("list[list[bytes | None]]", await pipe.execute())
        return [_parse(pair, row) for (pair, _), row in zip(keys, rows, strict=True) if row[0]]

    async def queues(self, pairs: Iterable[Pair]) -> Mapping[Pair, datetime]:
        """Until when pushes wait for permits of the rate limit, where some do or did."""
        asked = list(pairs)
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for pair in asked:
                pipe.hget(gate_key(":".join(pair)), "booked")
            ends = cast("list[bytes | None]", await pipe.execute())
        return {pair: from_ms(int(float(end))) for pair, end in zip(asked, ends, strict=True) if end}


def _parse(pair: Pair, row: Sequence[bytes | None]) -> Trouble:
    since, until, kind, code, reason, scope, name = ((value or b"").decode() for value in row)
    return Trouble(
        app=pair[0],
        vendor=pair[1],
        scope="" if scope in ("", RefusalScope.APP) else f"{scope} {name}".strip(),
        kind=SystemProblemCode(kind),
        cause=f"{code} ({reason})",
        since=from_ms(int(float(since))),
        until=from_ms(int(float(until))) if until else None,
    )
