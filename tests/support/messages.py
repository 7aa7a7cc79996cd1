"""Messages and keys for tests of the message queue."""

import hashlib
from datetime import timedelta

from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.message import Content, Message
from pushgate.domain.message_id import new_id
from pushgate.messages.idempotency import RequestKey

LEASE = timedelta(seconds=30)
RETENTION = timedelta(days=30)


def message(clock: SetClock, after: float = 0, app: str = "shop", title: str = "t") -> Message:
    """A message to everyone that is due `after` so many seconds."""
    now = clock.now()
    return Message(
        id=new_id(now),
        app=app,
        content={"en": Content(title, "b")},
        default_language="en",
        push_at=now + timedelta(seconds=after),
        created_at=now,
        audience=AudienceSummary(),
    )


def request_key(text: str, app: str = "shop", request: bytes = b"body") -> RequestKey:
    """The idempotency key of a request with this body."""
    return RequestKey(App(app), text, hashlib.sha256(request).digest())
