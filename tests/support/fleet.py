"""Processes of the tests: a description, and a watch that remembers what it restored."""

from datetime import UTC, datetime

from redis.asyncio import Redis

from pushgate.fleet.heartbeats import ProcessDescription
from pushgate.fleet.watch import Watch
from pushgate.redis.key_space import StoreIdentity, open_store

STORED_KEYS = b"callback keys as they are stored"
STARTED_AT = datetime(2020, 1, 1, tzinfo=UTC)


class Restorations:
    """Remembers the identities with which a watch called it."""

    def __init__(self) -> None:
        self.stores: list[StoreIdentity] = []

    async def __call__(self, store: StoreIdentity) -> None:
        self.stores.append(store)


def describe(kind: str = "worker") -> ProcessDescription:
    return ProcessDescription(kind, "host", 1, "0", STARTED_AT)


async def open_watch(
    redis: Redis, name: str = "one", callback_keys: bytes = STORED_KEYS
) -> tuple[Watch, Restorations]:
    restorations = Restorations()
    return Watch(
        redis,
        store=await open_store(redis),
        process_id=name,
        description=describe(),
        on_restored=restorations,
        callback_keys=lambda: callback_keys,
    ), restorations
