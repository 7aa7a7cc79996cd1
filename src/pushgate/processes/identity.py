"""The identity of a process of the installation, and the store that it has opened."""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace

from redis.asyncio import Redis

from pushgate import __version__
from pushgate.apps.live_apps import LiveApps
from pushgate.domain.clock import SystemClock
from pushgate.fleet.heartbeats import MAX_UNREADABLE, ProcessDescription
from pushgate.fleet.watch import Watch
from pushgate.processes.configuration_digest import digest_of_configuration
from pushgate.processes.sealing import open_callback_keys, open_sealer
from pushgate.receipts.callback_key_store import CallbackKeys
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.redis.key_space import StoreIdentity, open_store
from pushgate.sealing.sealer import Sealer
from pushgate.settings.model import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """A process: its kind (`api`, `scheduler`, `worker`, `webhooks`), its id, the identity of its
    store, and what seals the secrets in the store.
    """

    kind: str
    id: str
    redis: Redis
    store: StoreIdentity
    callback_keys: CallbackKeys
    sealer: Sealer
    settings: Settings

    @classmethod
    async def open(cls, kind: str, redis: Redis, settings: Settings) -> "ProcessIdentity":
        """Open the store and the master keys.

        Raises ConfigurationError where this process must not use the store or cannot read its keys,
        EngineUnavailable.
        """
        sealer = open_sealer(settings)
        callback_keys = open_callback_keys(settings, redis, sealer)
        store = await open_store(redis)
        await callback_keys.load()
        return cls(
            kind=kind,
            id=unique_id(),
            redis=redis,
            store=store,
            callback_keys=callback_keys,
            sealer=sealer,
            settings=settings,
        )

    @property
    def callbacks(self) -> CallbackTokens:
        """The callback tokens, which follow the keys."""
        return self.callback_keys.tokens

    def watch(
        self, apps: LiveApps, metrics_url: str, serves: Callable[[], tuple[tuple[str, str], ...]] = tuple
    ) -> Watch:
        """The heartbeats of this process, which follow the changes of its apps.

        `serves` returns the (app, vendor) pairs that a worker sends for.
        """
        description = ProcessDescription(
            kind=self.kind,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=__version__,
            started_at=SystemClock().now(),
            metrics=metrics_url,
            serves=serves(),
        )

        async def restore(_: StoreIdentity) -> None:
            await self.callback_keys.load()
            await apps.catalog.create_registries()

        watch = Watch(
            self.redis,
            store=self.store,
            process_id=self.id,
            description=description,
            on_restored=restore,
            callback_keys=lambda: self.callback_keys.stored,
        )

        def describe() -> None:
            watch.describe(
                replace(
                    watch.description,
                    serves=serves(),
                    configuration=digest_of_configuration(self.settings, apps, self.store.id),
                    apps_change=(apps.last_change or b"").decode(),
                    unreadable=tuple(apps.unreadable[:MAX_UNREADABLE]),
                )
            )

        describe()
        apps.on_followed(describe)
        return watch


def unique_id() -> str:
    """The id of this process, which holds its leases. No other process ever has or had it."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
