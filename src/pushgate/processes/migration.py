"""What `pushgate migrate` does with the store of an installation."""

from collections.abc import Sequence

from pushgate.migrations.migrate import StepToDo, migrate, plan
from pushgate.migrations.step import Progress
from pushgate.processes.parts import open_redis
from pushgate.settings.model import Settings


async def plan_migration(settings: Settings) -> Sequence[StepToDo]:
    """The steps that the store needs. Raises UnknownVersion, EngineUnavailable."""
    async with open_redis(settings, wait=False) as redis:
        return await plan(redis)


async def migrate_store(settings: Settings, progress: Progress) -> None:
    """Carry the store over. Raises UnknownVersion, StoreInUse, EngineUnavailable."""
    async with open_redis(settings, wait=False) as redis:
        await migrate(redis, progress)
