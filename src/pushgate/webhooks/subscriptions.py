"""Webhooks in Redis, with their secrets sealed. `put_webhook.lua` lists the keys."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import msgspec
from redis.asyncio import Redis

from pushgate.domain.clock import Clock
from pushgate.domain.errors import Conflict, NotFound, SealedElsewhere
from pushgate.redis.client import Changes, reaching
from pushgate.redis.hash_tags import QUEUE
from pushgate.redis.scripts import Value, script
from pushgate.sealing.sealer import Sealer
from pushgate.webhooks.signatures import key_of, new_secret
from pushgate.webhooks.webhook import MAX_WEBHOOKS, Webhook, new_id

_ATTEMPTS = 20
_PACKAGE = "pushgate.webhooks"
Change = Callable[[Webhook], Webhook]


class WebhookStore:
    """The webhooks of all apps. All calls raise EngineUnavailable."""

    def __init__(self, redis: Redis, sealer: Sealer, clock: Clock) -> None:
        self._redis = redis
        self._sealer = sealer
        self._clock = clock

    def new(self, app: str, url: str, types: Sequence[str], key_id: str) -> tuple[Webhook, str]:
        """A webhook that is not stored yet, and its secret in clear. Raises NoMasterKey."""
        webhook_id, secret = new_id(), new_secret()
        webhook = Webhook(
            id=webhook_id,
            app=app,
            url=url,
            types=tuple(types),
            expand=False,
            description="",
            created_at=self._clock.now(),
            created_by=key_id,
            secret=self._sealer.seal(secret.encode(), secret_context(app, webhook_id)),
        )
        return webhook, secret

    async def create(self, webhook: Webhook, places: Mapping[str, str]) -> None:
        """Store a new webhook, to which everything after these places is delivered, by shard.

        Raises Conflict where the app has too many.
        """
        state = [text for shard, place in places.items() for text in (f"at:{shard}", place)]
        if await self._put(webhook, b"", *state) < 0:
            raise Conflict(f"an app may have {MAX_WEBHOOKS} webhooks: delete one, or name more types in one")

    async def find(self, app: str, webhook_id: str) -> Webhook:
        """The webhook of the app. Raises NotFound."""
        return _decode(await self._read(app, webhook_id))

    async def of_app(self, app: str) -> list[Webhook]:
        """The webhooks of an app, the oldest first."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[list[bytes]]", self._redis.hvals(_key(app)))
        return sorted(map(_decode, raw), key=lambda webhook: (webhook.created_at, webhook.id))

    async def apps(self) -> list[str]:
        """The apps that have webhooks."""
        async with reaching(Changes.NOTHING):
            names = await cast("Awaitable[set[bytes]]", self._redis.smembers(f"{QUEUE}:webhooks"))
        return sorted(map(bytes.decode, names))

    async def all(self) -> list[Webhook]:
        """The webhooks of all apps."""
        apps = await self.apps()
        async with reaching(Changes.NOTHING), self._redis.pipeline(transaction=False) as pipe:
            for app in apps:
                pipe.hvals(_key(app))
            rows = cast("list[list[bytes]]", await pipe.execute())
        return [_decode(raw) for row in rows for raw in row]

    async def changes(self) -> int:
        """A number that differs after each change of a webhook, and after a loss of data."""
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[bytes | None]", self._redis.get(f"{QUEUE}:webhooks:changes"))
        return int(raw or 0)

    async def change(self, app: str, webhook_id: str, change: Change) -> Webhook:
        """Change a webhook. Raises NotFound, and Conflict where others change it all the time."""
        for _ in range(_ATTEMPTS):
            raw = await self._read(app, webhook_id)
            changed = change(_decode(raw))
            if await self._put(changed, raw) > 0:
                return changed
        raise Conflict("others change this webhook all the time; try again")

    async def rotate(self, app: str, webhook_id: str, overlap: timedelta) -> tuple[Webhook, str]:
        """Give a webhook a new secret, which is returned in clear. The old one signs too for
        `overlap`.

        Raises NotFound, Conflict, NoMasterKey.
        """
        secret = new_secret()
        sealed = self._sealer.seal(secret.encode(), secret_context(app, webhook_id))
        until = self._clock.now() + overlap

        def rotated(webhook: Webhook) -> Webhook:
            previous = (webhook.secret, until) if overlap else (None, None)
            return replace(webhook, secret=sealed, previous_secret=previous[0], previous_until=previous[1])

        return await self.change(app, webhook_id, rotated), secret

    async def delete(self, app: str, webhook_id: str) -> None:
        """Delete a webhook. Raises NotFound."""
        if not await script(_PACKAGE, "delete_webhook")(self._redis, [QUEUE], [app, webhook_id]):
            raise _unknown(webhook_id)

    def keys(self, webhook: Webhook, now: datetime) -> list[bytes]:
        """The keys that sign for a webhook now. An earlier secret that does not open is left out,
        because the rotation has replaced it. Raises SealedElsewhere.
        """
        context = secret_context(webhook.app, webhook.id)
        newest, *before = webhook.signing_secrets(now)
        opened = [self._sealer.open(newest, context)]
        for sealed in before:
            with suppress(SealedElsewhere):
                opened.append(self._sealer.open(sealed, context))
        return [key_of(secret.decode()) for secret in opened]

    async def _read(self, app: str, webhook_id: str) -> bytes:
        async with reaching(Changes.NOTHING):
            raw = await cast("Awaitable[bytes | None]", self._redis.hget(_key(app), webhook_id))
        if raw is None:
            raise _unknown(webhook_id)
        return raw

    async def _put(self, webhook: Webhook, read: bytes, *state: str) -> int:
        args: list[Value] = [
            webhook.app,
            webhook.id,
            read,
            msgspec.json.encode(webhook),
            MAX_WEBHOOKS,
            *state,
        ]
        return cast("int", await script(_PACKAGE, "put_webhook")(self._redis, [QUEUE], args))


def _key(app: str) -> str:
    return f"{QUEUE}:webhooks:{app}"


def secret_context(app: str, webhook_id: str) -> str:
    """The context in which the secrets of a webhook are sealed."""
    return f"app:{app}:webhook:{webhook_id}"


def _decode(raw: bytes) -> Webhook:
    return msgspec.json.decode(raw, type=Webhook)


def _unknown(webhook_id: str) -> NotFound:
    return NotFound(f"the app has no webhook {webhook_id}")
