"""The body of a delivery: events as JSON in an envelope. Pure."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from pushgate.domain.clock import to_text

_TYPE = "events"
ENVELOPE = 256
"""Bytes that a body has beside its events, at most."""


def body_of(app: str, shard: str, created_at: datetime, events: Sequence[bytes]) -> bytes:
    """The body that tells these events, each of which is JSON."""
    head = {"type": _TYPE, "timestamp": to_text(created_at), "data": {"app": app, "shard": shard}}
    return orjson.dumps(head)[:-2] + b',"events":[' + b",".join(events) + b"]}}"


def body_of_test(app: str, webhook_id: str, at: datetime) -> bytes:
    """The body of a delivery that tells nothing but that the webhook works."""
    event = {"id": f"{app}.test.{webhook_id}", "type": "webhook.test", "at": to_text(at)}
    return body_of(app, "test", at, [orjson.dumps(event)])
