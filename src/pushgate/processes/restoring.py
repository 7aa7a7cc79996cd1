"""Work of commands on a store that went back to an earlier time: list the waiting messages, and
decide about them.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from pushgate.apps.api_key import ApiKey
from pushgate.apps.key_store import KeyStore
from pushgate.audit.entry import AuditEntry, Author
from pushgate.domain.app import App
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import Conflict, NotFound
from pushgate.domain.message import Status
from pushgate.fleet.store_hold import StoreHold
from pushgate.processes.parts import open_redis
from pushgate.redis.key_space import check_store
from pushgate.restore.holding import hold_restored
from pushgate.restore.listing import HeldMessage, held_messages, waiting_retries
from pushgate.restore.resuming import Choice, Resumed, resume
from pushgate.settings.model import Settings
from pushgate.stores import Stores


@dataclass(slots=True)
class HeldSums:
    """The sums of an app's waiting messages: scheduled ones, those that were being sent with their
    pending terminals, and how many of these were tried before.

    `retries` counts pushes of small messages, and jobs of large ones, of up to 4,096 terminals.
    """

    scheduled: int = 0
    sending: int = 0
    pending: int = 0
    retries: int = 0

    def add(self, message: HeldMessage) -> None:
        """Count a message."""
        if message.status is Status.SCHEDULED:
            self.scheduled += 1
        else:
            self.sending += 1
        self.pending += message.pending
        self.retries += message.retried


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOverview:
    """The hold, the API keys as the store has them, the sums by app, and the first messages."""

    hold: StoreHold
    keys: Sequence[ApiKey]
    sums: Mapping[str, HeldSums]
    messages: Sequence[HeldMessage]


async def overview(settings: Settings, app: str | None, limit: int) -> HeldOverview | None:
    """An overview of the waiting messages, with at most `limit` of them; None if the store is not
    held.

    A copy that was started is held at the first look, also before any process runs. Raises NotFound
    for an unknown app, ConfigurationError, EngineUnavailable.
    """
    async with _open(settings) as (redis, stores):
        hold = await stores.store_holds.read()
        if hold is None:
            return None
        sums: defaultdict[str, HeldSums] = defaultdict(HeldSums)
        messages: list[HeldMessage] = []
        for found in await _apps(stores, app):
            async for message in held_messages(stores, found):
                sums[found.name].add(message)
                if len(messages) < limit:
                    messages.append(message)
        for name, jobs in (await waiting_retries(stores)).items():
            if name in sums:
                sums[name].retries += jobs
        keys = sorted(await KeyStore(redis).read_all(), key=lambda key: key.created_at)
        return HeldOverview(hold=hold, keys=keys, sums=dict(sums), messages=messages)


async def decide(settings: Settings, app: str | None, message_id: str | None, choice: Choice) -> Resumed:
    """Carry out a choice for the waiting messages: all, those of an app, or one.

    Raises NotFound, Conflict where the store is not held, ConfigurationError, EngineUnavailable.
    """
    async with _open(settings) as (_, stores):
        if await stores.store_holds.read() is None:
            raise Conflict("the store is not held: nothing waits for a decision")
        resumed = await resume(stores, await _apps(stores, app), choice, message_id or "")
        counts = {one.value: count for one, count in resumed.chosen.items()}
        entry = AuditEntry(
            "restore.resumed", Author.command("restore resume"), (message_id or app or "*",), counts
        )
        await stores.audit.record("", entry)
        return resumed


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[tuple[Redis, Stores]]:
    async with open_redis(settings, wait=False) as redis:
        await check_store(redis)
        clock = SystemClock()
        stores = Stores.open(
            redis,
            clock,
            settings.retention,
            content_retention=settings.content_retention,
            hold_after=settings.restore.hold_after,
        )
        await hold_restored(stores, clock)
        yield redis, stores


async def _apps(stores: Stores, name: str | None) -> list[App]:
    """The app of this name, or all. Raises NotFound."""
    if name is None:
        return sorted(await stores.registered_apps.all_apps(), key=lambda app: app.name)
    found = await stores.registered_apps.find_app(name)
    if found is None:
        raise NotFound(f"there is no app {name}")
    return [found]
