"""Webhooks: have events posted to an address.

Made from `async_webhook_subscriptions.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from pushgate_client import types
from pushgate_client.calls import Call, path, present
from pushgate_client.transport import Transport


class WebhookSubscriptions:
    """The webhooks of an app. `pushgate_client.webhooks.verify` checks what they deliver."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, body: types.WebhookBody) -> types.WebhookWithSecret:
        """Create a webhook. Its secret is in this answer alone: the call is not repeated."""
        call = Call(method="POST", path="/v1/webhooks", json=body, repeatable=False)
        return cast("types.WebhookWithSecret", self._transport.send(call))

    def list(self) -> Sequence[types.Webhook]:
        """Return the webhooks, the oldest first."""
        call = Call(method="GET", path="/v1/webhooks")
        return cast("types.WebhookList", self._transport.send(call))["webhooks"]

    def get(self, webhook_id: str) -> types.Webhook:
        """Return a webhook without its secret."""
        call = Call(method="GET", path=path("/v1/webhooks/{}", webhook_id))
        return cast("types.Webhook", self._transport.send(call))

    def change(self, webhook_id: str, changes: types.WebhookChange) -> types.Webhook:
        """Change some fields of a webhook."""
        call = Call(method="PATCH", path=path("/v1/webhooks/{}", webhook_id), json=changes)
        return cast("types.Webhook", self._transport.send(call))

    def delete(self, webhook_id: str) -> None:
        """Delete a webhook, its secret and the log of its deliveries."""
        self._transport.send(Call(method="DELETE", path=path("/v1/webhooks/{}", webhook_id)))

    def deliveries(self, webhook_id: str) -> Sequence[types.DeliveryAttempt]:
        """Return the last 100 attempts to deliver, the newest first."""
        call = Call(method="GET", path=path("/v1/webhooks/{}/deliveries", webhook_id))
        return cast("types.DeliveryList", self._transport.send(call))["deliveries"]

    def test(self, webhook_id: str) -> types.WebhookTest:
        """Post an event of the type `webhook.test` now, and return what the receiver said."""
        call = Call(method="POST", path=path("/v1/webhooks/{}:test", webhook_id), repeatable=False)
        return cast("types.WebhookTest", self._transport.send(call))

    def replay(self, webhook_id: str, start: datetime | str) -> types.Replay:
        """Deliver events once more, from an event's id, a cursor of events or a time on."""
        call = Call(method="POST", path=path("/v1/webhooks/{}:replay", webhook_id), json={"from": start})
        return cast("types.Replay", self._transport.send(call))

    def rotate_secret(self, webhook_id: str, *, overlap: str | None = None) -> types.WebhookWithSecret:
        """Give a webhook another secret. The old one signs, too, for `overlap`, such as `24h`."""
        call = Call(
            method="POST",
            path=path("/v1/webhooks/{}:rotate-secret", webhook_id),
            json=present(overlap=overlap),
            repeatable=False,
        )
        return cast("types.WebhookWithSecret", self._transport.send(call))

    def pause(self, webhook_id: str) -> types.Webhook:
        """Deliver nothing until the webhook is resumed."""
        call = Call(method="POST", path=path("/v1/webhooks/{}:pause", webhook_id))
        return cast("types.Webhook", self._transport.send(call))

    def resume(self, webhook_id: str) -> types.Webhook:
        """Go on with the delivery that was next."""
        call = Call(method="POST", path=path("/v1/webhooks/{}:resume", webhook_id))
        return cast("types.Webhook", self._transport.send(call))
