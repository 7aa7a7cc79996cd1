"""What receivers were told, read from the requests that came."""

from collections.abc import Iterable
from typing import Any

import orjson
from tests.support.webhooks.receiver import Received, WebhookReceiver


def events_of(requests: Iterable[Received]) -> list[dict[str, Any]]:
    """The events of these requests."""
    return [event for request in requests for event in orjson.loads(request.body)["data"]["events"]]


def numbers_of(receiver: WebhookReceiver) -> list[str]:
    """The numbers that `Installation.publish` wrote, in the order in which they came."""
    return [event["vendor"] for event in events_of(receiver.requests) if event["type"] == "vendor.down"]
