"""Which shards are due for hygiene, and which scheduler works on a shard: one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import script

_LIST_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the work on a shard goes on: the number of a phase, and its cursor."""

    phase: int = 0
    cursor: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A shard that one scheduler works on until an instant (ms), and where it goes on."""

    app: App
    shard: int
    until_ms: int
    place: Place


class HygieneClaims:
    """The shards of all apps, for one kind of hygiene. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, kind: str) -> None:
        self._redis = redis
        self._keys = f"{QUEUE}:{kind}", f"{QUEUE}:{kind}:places"
        self._listed: tuple[datetime, Sequence[App]] | None = None

    async def claim(self, apps: Sequence[App], now: datetime, until: datetime) -> Claim | None:
        """Claim a shard of these apps that is due; None where none is."""
        by_name = {app.name: app for app in apps}
        shards = [_name(app, shard) for app in apps for shard in range(app.shards)]
        if self._listed and self._listed[1] == apps and now - self._listed[0] < _LIST_EVERY:
            shards = []  # they are listed already
        else:
            self._listed = now, apps
        answer = await script("pushgate.hygiene", "claim")(
            self._redis, self._keys, [to_ms(now), to_ms(until), *shards]
        )
        if not answer:
            return None
        name, place = (raw.decode() for raw in cast("list[bytes]", answer))
        app, _, shard = name.partition(" ")
        if app not in by_name:
            return None
        return Claim(by_name[app], int(shard), to_ms(until), Place(*map(int, place.split())))

    async def keep(self, claim: Claim, due: datetime, place: Place) -> Claim | None:
        """Note how far the work has come, and when the shard is due; None where the claim is lost.

        A shard stays claimed until it is due.
        """
        kept = await script("pushgate.hygiene", "keep")(
            self._redis,
            self._keys,
            [_name(claim.app, claim.shard), claim.until_ms, to_ms(due), f"{place.phase} {place.cursor}"],
        )
        return Claim(claim.app, claim.shard, to_ms(due), place) if kept else None

    async def hasten(self, app: App, now: datetime) -> None:
        """Make all shards of an app due now. One that is worked on is begun again."""
        async with reaching(Changes.AT_ONCE):
            await self._redis.zadd(
                self._keys[0], {_name(app, shard): to_ms(now) for shard in range(app.shards)}
            )


def _name(app: App, shard: int) -> str:
    return f"{app.name} {shard}"
