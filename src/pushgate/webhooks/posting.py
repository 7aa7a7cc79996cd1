"""The parts that handle webhooks, opened together: stores, streams, and the way to call
receivers.
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from redis.asyncio import Redis

from pushgate.domain.clock import Clock
from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.http2.connect import tls_context
from pushgate.sealing.sealer import Sealer
from pushgate.settings.webhooks import WebhookSettings
from pushgate.webhooks.deliveries import DeliveryStore
from pushgate.webhooks.destination import DestinationRules, Resolver
from pushgate.webhooks.receiver import Posting
from pushgate.webhooks.streams import Streams
from pushgate.webhooks.subscriptions import WebhookStore
from pushgate.webhooks.webhook import Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The stores of webhooks and their progress, their streams, and the way to call receivers."""

    subscriptions: WebhookStore
    deliveries: DeliveryStore
    posting: Posting
    streams: Streams

    @classmethod
    def open(cls, redis: Redis, sealer: Sealer, streams: Streams, posting: Posting) -> "Webhooks":
        """Open the stores. It sends nothing to Redis."""
        return cls(
            subscriptions=WebhookStore(redis, sealer, posting.clock),
            deliveries=DeliveryStore(redis),
            posting=posting,
            streams=streams,
        )

    async def replay(self, webhook: Webhook, places: Mapping[str, str]) -> None:
        """Deliver once more from these places on, by shard. Raises NotFound, EngineUnavailable."""
        await self.deliveries.move(webhook, places)
        now = self.posting.clock.now()
        await self.subscriptions.change(
            webhook.app, webhook.id, lambda found: replace(found, replayed_at=now)
        )


def rules_of(settings: WebhookSettings) -> DestinationRules:
    """Where webhooks may lead."""
    return DestinationRules(
        allow_private=settings.allow_private,
        allow_loopback=bool(settings.allow_loopback),
        allow_http=settings.allow_http,
    )


@contextmanager
def open_posting(settings: WebhookSettings, clock: Clock) -> Iterator[Posting]:
    """How receivers are called, while the context is open. Raises ConfigurationError."""
    tls = _tls_context(settings.ca_file)
    resolver = Resolver()
    try:
        yield Posting(
            rules=rules_of(settings), resolver=resolver, tls=tls, timeout=settings.timeout, clock=clock
        )
    finally:
        resolver.close()


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return tls_context(ca_file.read_text("utf-8") if ca_file else None, None, ["http/1.1"])
    except (OSError, ValueError, ConfigurationError) as error:
        problem = f"{ca_file} is no readable PEM file of CAs"
        raise ConfigurationError([FieldError("webhooks.ca_file", problem)]) from error
