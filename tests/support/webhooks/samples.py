"""Webhooks of the tests."""

from dataclasses import replace

from pushgate.webhooks.subscriptions import WebhookStore
from pushgate.webhooks.webhook import Webhook

PLACES = {"0": "1-0.0.0", "1": "1-0.0.0", "q": "1-0.0.0"}


async def stored_webhook(store: WebhookStore, app: str = "shop", **changes: object) -> Webhook:
    """A webhook of the app that is stored."""
    webhook, _ = store.new(app, "https://example.com/hook", ["*"], "key-1")
    webhook = replace(webhook, **changes)  # type: ignore[arg-type]
    await store.create(webhook, PLACES)
    return webhook
