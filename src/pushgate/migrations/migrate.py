"""A store of an earlier version carried over to this version's key space, step by step.

While a step runs, the store has a version of its own (`under_way`), which every process refuses.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from pushgate.domain.consequences import Consequences, Origin
from pushgate.domain.errors import PushgateError
from pushgate.fleet.heartbeats import Heartbeats
from pushgate.migrations.step import Progress, Step
from pushgate.migrations.v2_to_v3 import FromVersion2
from pushgate.redis.client import Changes, reaching
from pushgate.redis.key_space import (
    KEY_SPACE_VERSION,
    STORE,
    UnknownVersion,
    require_server,
    under_way,
)
from pushgate.redis.scripts import script

STEPS: Sequence[Step] = (FromVersion2(),)
"""From the oldest version on, without a gap, to this version."""


class StoreInUse(PushgateError):
    """Processes use the store, which must not be migrated meanwhile. The text names them."""

    consequences = Consequences(origin=Origin.OPERATOR)


@dataclass(frozen=True, slots=True)
class StepToDo:
    """A step that a store needs, and how much there is to convert."""

    source: int
    counts: Mapping[str, int]


async def plan(redis: Redis) -> Sequence[StepToDo]:
    """What `migrate` would do. Changes nothing.

    Raises UnknownVersion for a store that cannot be carried over, EngineUnavailable.
    """
    await require_server(redis)
    return [StepToDo(step.source, await step.count(redis)) for step in _steps(await _version(redis))]


async def migrate(redis: Redis, progress: Progress) -> int:
    """Carry the store over to this version. Returns how many steps that took.

    A call that was interrupted is repeated. Raises UnknownVersion, StoreInUse, EngineUnavailable.
    """
    await require_server(redis)
    steps = _steps(await _version(redis))
    if steps:
        await _require_no_process(redis)
    for step in steps:
        await _set_version(redis, str(step.source), under_way(step.source))
        await step.convert(redis, progress)
        await _set_version(redis, under_way(step.source), str(step.source + 1))
    for step in STEPS:
        await step.clean_up(redis)
    return len(steps)


def _steps(version: str) -> Sequence[Step]:
    """The steps from a version on. Raises UnknownVersion."""
    if version in ("", str(KEY_SPACE_VERSION)):
        return []
    for number, step in enumerate(STEPS):
        if version in (str(step.source), under_way(step.source)):
            return STEPS[number:]
    raise UnknownVersion(version)


async def _version(redis: Redis) -> str:
    """The version of the store, '' for an empty one."""
    async with reaching(Changes.NOTHING):
        found = await cast("Awaitable[bytes | None]", redis.hget(STORE, "version"))
    return (found or b"").decode(errors="replace")


async def _set_version(redis: Redis, before: str, after: str) -> None:
    """Raises UnknownVersion where somebody else set another one meanwhile."""
    if not await script(__package__, "set_version")(redis, [STORE], [before, after]):
        found = await _version(redis)
        if found not in (after, str(KEY_SPACE_VERSION)):
            raise UnknownVersion(found)


async def _require_no_process(redis: Redis) -> None:
    alive = [process.description for process in await Heartbeats(redis).read() if process.alive]
    if alive:
        names = ", ".join(f"{one.kind} {one.pid} on {one.host}" for one in alive[:10])
        raise StoreInUse(f"{len(alive)} processes use the store: stop {names}, then repeat the command")
