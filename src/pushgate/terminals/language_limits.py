"""The languages that an app's terminals are grouped by. Bounded: each makes a group, and groups cost time at every push."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.terminal import UNDETERMINED
from pushgate.redis.client import reaching
from pushgate.redis.keys import QUEUE

_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class LanguageLimits:
    """How many languages an app may have with all their regions, and how many in all."""

    exact: int = 256
    coarse: int = 512


DEFAULT_LIMITS = LanguageLimits()


def fit(
    known: Collection[str],
    wanted: Iterable[str],
    coarser: Callable[[str], str],
    bounds: LanguageLimits = DEFAULT_LIMITS,
) -> dict[str, str]:
    """The language that each wanted one is grouped by: itself, past the first bound its coarse form, past the second none.

    `coarser` gives a language's coarse form. Those that come first go first; what is known stays as it is.
    """
    taken, found = set(known), dict[str, str]()
    for language in wanted:
        if language in taken or len(taken) < bounds.exact:
            found[language] = language
        elif (coarse := coarser(language)) in taken or len(taken) < bounds.coarse:
            found[language] = coarse
        else:
            found[language] = UNDETERMINED
            continue
        taken.add(found[language])
    return found


class Languages:
    """The languages of all apps. They stay once they are known: groups are never renamed."""

    def __init__(self, redis: Redis, bounds: LanguageLimits = DEFAULT_LIMITS) -> None:
        self._redis = redis
        self._bounds = bounds
        self._known: dict[tuple[str, str], str] = {}

    async def fit(self, app: str, wanted: Collection[str], coarser: Callable[[str], str]) -> dict[str, str]:
        """As `fit`, by what the app has; new languages are noted. Two processes at once may pass a bound by a few."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        unknown = [name for name in wanted if (app, name) not in self._known]
        if unknown:
            key = f"{QUEUE}:languages:{app}"
            async with reaching():
                known = {raw.decode() for raw in cast("set[bytes]", await self._redis.smembers(key))}
                found = fit(known, unknown, coarser, self._bounds)
                if new := set(found.values()) - known - {UNDETERMINED}:
                    await self._redis.sadd(key, *sorted(new))
            self._known |= {(app, name): group for name, group in found.items()}
        return {name: self._known[app, name] for name in wanted}

    async def note_limited(self, app: str, terminals: int) -> None:
        """Count registrations whose language had no group of its own."""
        async with reaching():
            await self._redis.hincrby(f"{QUEUE}:languages-limited", app, terminals)

    async def counts(self, apps: Collection[str]) -> dict[str, tuple[int, int]]:
        """For each app, how many languages it has, and how many registrations had no group of their own language."""
        names = list(apps)
        async with reaching(), self._redis.pipeline(transaction=False) as pipe:
            for app in names:
                pipe.scard(f"{QUEUE}:languages:{app}")
                pipe.hget(f"{QUEUE}:languages-limited", app)
            found = await pipe.execute()
        rows = zip(names, found[::2], found[1::2], strict=True)
        return {app: (int(languages), int(limited or 0)) for app, languages, limited in rows}
