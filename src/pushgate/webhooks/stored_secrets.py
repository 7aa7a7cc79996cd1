"""The sealed secrets of webhooks, one by one, to be sealed anew."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from redis.asyncio import Redis

from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import NotFound
from pushgate.sealing.sealer import Sealer
from pushgate.sealing.stored_secret import StoredSecret
from pushgate.webhooks.subscriptions import WebhookStore, secret_context
from pushgate.webhooks.webhook import Webhook


async def stored_webhook_secrets(redis: Redis) -> AsyncIterator[StoredSecret]:
    """All sealed secrets, those before a rotation too. Raises EngineUnavailable."""
    store = WebhookStore(redis, Sealer(None), SystemClock())
    for webhook in await store.all():
        context = secret_context(webhook.app, webhook.id)
        for sealed in (webhook.secret, webhook.previous_secret):
            if sealed is not None:
                yield StoredSecret(context, sealed, partial(_replace, store, webhook, sealed))


async def _replace(store: WebhookStore, webhook: Webhook, known: bytes, new: bytes) -> bool:
    """Returns False where the secret is there no more."""
    replaced = False

    def change(found: Webhook) -> Webhook:
        nonlocal replaced
        replaced = known in (found.secret, found.previous_secret)
        return replace(
            found,
            secret=new if found.secret == known else found.secret,
            previous_secret=new if found.previous_secret == known else found.previous_secret,
        )

    try:
        await store.change(webhook.app, webhook.id, change)
    except NotFound:
        return False
    return replaced
