"""An installation with webhooks, and senders that run in the test."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from tests.support.sealing import sealer_of
from tests.support.until import until

from pushgate.domain.app import App
from pushgate.domain.clock import SystemClock
from pushgate.domain.terminal import Terminal
from pushgate.eventlog.entries import AppEvent
from pushgate.eventlog.log import EventLog
from pushgate.events.arrivals import Arrivals
from pushgate.events.feed import EventFeed
from pushgate.stores import Stores
from pushgate.webhooks.destination import DestinationRules, Resolver
from pushgate.webhooks.event_streams import EventStreams
from pushgate.webhooks.lane import LaneContext
from pushgate.webhooks.metrics import WebhookMetrics
from pushgate.webhooks.posting import Webhooks
from pushgate.webhooks.receiver import Posting
from pushgate.webhooks.sender import Sender, SenderContext
from pushgate.webhooks.webhook import Webhook

LEASE = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The stores of one app with webhooks."""

    redis: Redis
    app: App
    stores: Stores
    streams: EventStreams
    arrivals: Arrivals
    webhooks: Webhooks

    @classmethod
    async def open(cls, redis: Redis, app: App) -> "Installation":
        """Open the stores, and create the app."""
        clock = SystemClock()
        stores = Stores.open(redis, clock, timedelta(days=30))
        await stores.registered_apps.ensure_app(app)
        posting = Posting(
            rules=DestinationRules(allow_loopback=True),
            resolver=Resolver(),
            tls=ssl.create_default_context(),
            timeout=timedelta(seconds=5),
            clock=clock,
        )
        arrivals = Arrivals(stores.event_log)
        feed = EventFeed(stores, redis, clock, timedelta(days=3))
        streams = EventStreams(stores.event_log, feed, arrivals, clock)
        webhooks = Webhooks.open(redis, sealer_of(b"a"), streams, posting)
        return cls(redis=redis, app=app, stores=stores, streams=streams, arrivals=arrivals, webhooks=webhooks)

    @property
    def log(self) -> EventLog:
        """The app's streams."""
        return self.stores.event_log

    async def close(self) -> None:
        """Close what was opened."""
        await self.arrivals.close()
        self.webhooks.posting.resolver.close()

    async def webhook(self, url: str, **changes: object) -> tuple[Webhook, str]:
        """A new webhook, and its secret."""
        made, secret = self.webhooks.subscriptions.new(self.app.name, url, ["*"], "key-1")
        made = replace(made, **changes)  # type: ignore[arg-type]
        await self.webhooks.subscriptions.create(made, await self.streams.begin(self.app, made.reader))
        return made, secret

    async def find(self, webhook: Webhook) -> Webhook:
        """The webhook as it is now."""
        return await self.webhooks.subscriptions.find(webhook.app, webhook.id)

    async def change(self, webhook: Webhook, **changes: object) -> None:
        """Change fields of the webhook."""
        await self.webhooks.subscriptions.change(
            webhook.app,
            webhook.id,
            lambda found: replace(found, **changes),  # type: ignore[arg-type]
        )

    async def resume(self, webhook: Webhook) -> None:
        """Resume the webhook."""
        now = SystemClock().now()
        await self.webhooks.subscriptions.change(webhook.app, webhook.id, lambda found: found.resumed(now))

    async def publish(self, numbers: Iterable[int]) -> None:
        """Write events of the app itself, one an entry, which are told apart by their vendor."""
        for number in numbers:
            await self.log.publish(self.app, [AppEvent("vendor.down", {"vendor": str(number)})])

    async def register(self, terminal_id: str, user: str) -> None:
        """Register a terminal."""
        terminal = Terminal(
            id=terminal_id, vendor="fcm", token=f"token-of-{terminal_id}", language="en", user=user
        )
        await self.stores.registration.register(self.app, [terminal])

    async def trim(self, shard: str) -> None:
        """Leave only the last entry of a stream."""
        key = "{q}:events:" + self.app.name if shard == "q" else f"{{{self.app.name}:{shard}}}:events"
        await self.redis.xtrim(key, maxlen=1, approximate=False)

    async def holders(self, webhook: Webhook) -> Mapping[str, int]:
        """How many lanes of the webhook each sender holds."""
        key = f"{{q}}:webhook:{webhook.app}:{webhook.id}"
        state = cast("dict[bytes, bytes]", await self.redis.hgetall(key))
        leases = [value.decode() for name, value in state.items() if name.startswith(b"lease:")]
        return dict(Counter(lease.partition(" ")[2] for lease in leases))

    async def until_held(self, webhook: Webhook, expected: Mapping[str, int]) -> None:
        """Wait until the lanes are held like this."""

        async def is_so() -> bool:
            return await self.holders(webhook) == expected

        await until(is_so)

    @asynccontextmanager
    async def sender(
        self,
        name: str,
        *,
        senders: int = 1,
        give_up_after: timedelta = timedelta(days=3),
        dies: bool = False,
    ) -> AsyncIterator[None]:
        """A sender that runs while the context is open. One that `dies` lets go of nothing."""

        async def count() -> int:
            return senders

        lanes = LaneContext(
            webhooks=self.webhooks, metrics=WebhookMetrics(CollectorRegistry()), give_up_after=give_up_after
        )
        context = SenderContext(
            lanes=lanes,
            holder=name,
            senders=count,
            apps=self.stores.registered_apps.all_apps,
            lease=LEASE,
        )
        stop = asyncio.Event()
        before = asyncio.all_tasks()
        running = asyncio.create_task(Sender(context).run(stop))
        try:
            yield
        finally:
            if dies:
                for task in asyncio.all_tasks() - before - {asyncio.current_task()}:
                    task.cancel()
            stop.set()
            await asyncio.gather(running, return_exceptions=dies)
