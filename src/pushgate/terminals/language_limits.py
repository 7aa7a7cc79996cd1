"""The languages by which an app's terminals are grouped. Their number is limited, because each
language makes a group, and each group costs time at every push.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.terminal import UNDETERMINED
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE

_MAX_CACHED = 10_000


@dataclass(frozen=True, slots=True)
class LanguageLimits:
    """How many languages an app may have: `exact` of them with their regions, `coarse` in all."""

    exact: int = 256
    coarse: int = 512


DEFAULT_LIMITS = LanguageLimits()


def limit_languages(
    known: Collection[str],
    wanted: Iterable[str],
    coarser: Callable[[str], str],
    limits: LanguageLimits = DEFAULT_LIMITS,
) -> dict[str, str]:
    """The language by which each wanted language is grouped. Pure.

    That is the language itself; past the first limit its coarse form, which `coarser` returns; past
    the second limit `und`. Languages that come first are served first, and known languages stay as
    they are.
    """
    taken, found = set(known), dict[str, str]()
    for language in wanted:
        if language in taken or len(taken) < limits.exact:
            found[language] = language
        elif (coarse := coarser(language)) in taken or len(taken) < limits.coarse:
            found[language] = coarse
        else:
            found[language] = UNDETERMINED
            continue
        taken.add(found[language])
    return found


class Languages:
    """The languages of all apps. A language stays once it is known, because groups are never
    renamed.

    All calls raise EngineUnavailable.
    """

    def __init__(self, redis: Redis, limits: LanguageLimits = DEFAULT_LIMITS) -> None:
        self._redis = redis
        self.limits = limits
        self._cached: dict[tuple[str, str], str] = {}

    async def limit(self, app: str, wanted: Collection[str], coarser: Callable[[str], str]) -> dict[str, str]:
        """The language by which each wanted language of the app is grouped, as `limit_languages`.

        New languages are stored. Two processes that store at the same time may pass a limit by a
        few.
        """
        if len(self._cached) > _MAX_CACHED:
            self._cached.clear()
        unknown = [name for name in wanted if (app, name) not in self._cached]
        if unknown:
            key = f"{QUEUE}:languages:{app}"
            async with reaching(Changes.NOTHING):
                known = {raw.decode() for raw in cast("set[bytes]", await self._redis.smembers(key))}
            found = limit_languages(known, unknown, coarser, self.limits)
            if new := set(found.values()) - known - {UNDETERMINED}:
                async with reaching(Changes.AT_ONCE):
                    await self._redis.sadd(key, *sorted(new))
            self._cached |= {(app, name): group for name, group in found.items()}
        return {name: self._cached[app, name] for name in wanted}

    async def add_limited(self, app: str, terminals: int) -> None:
        """Count registrations whose language has no group of its own."""
        async with reaching():
            await self._redis.hincrby(f"{QUEUE}:languages-limited", app, terminals)

    async def counts(self, apps: Collection[str]) -> dict[str, tuple[int, int]]:
        """For each app, how many languages it has, and how many registrations had no group of their
        own language.
        """
        names = list(apps)
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for app in names:
                pipe.scard(f"{QUEUE}:languages:{app}")
                pipe.hget(f"{QUEUE}:languages-limited", app)
            found = await pipe.execute()
        rows = zip(names, found[::2], found[1::2], strict=True)
        return {app: (int(languages), int(limited or 0)) for app, languages, limited in rows}
