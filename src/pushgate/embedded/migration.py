"""Carries the store of `pushgate up` over from an older version."""

from collections.abc import Callable

from pushgate.processes.migration import migrate_store, plan_migration
from pushgate.settings.model import Settings


async def migrate_embedded(settings: Settings, say: Callable[[str], None]) -> None:
    """Bring the store to this version's key space, where an older Pushgate wrote it.

    `pushgate migrate` cannot: the embedded Redis runs as long as `pushgate up` does, and no other
    process may use the store meanwhile. Raises UnknownVersion, StoreInUse, EngineUnavailable.
    """
    steps = await plan_migration(settings)
    if steps:
        say(f"Migrating the store from version {steps[0].source}: an older Pushgate cannot read it then\n")
        await migrate_store(settings, lambda _what, _done, _total: None)
