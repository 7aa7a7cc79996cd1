"""Large messages that are due, and keys of requests."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.audience import AudienceSummary
from pushgate.domain.experiment import Split
from pushgate.domain.message import Content, Message, Options
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


def with_variants(
    clock: SetClock, split: Split, options: Options | None = None, contents: Sequence[Content] = ()
) -> Message:
    """A message with variants to everyone that is due. The title of a variant is its name, unless
    there are contents.
    """
    given = contents or [Content(name, "Today") for name in split.names]
    variants = tuple({"en": content} for content in given)
    return replace(
        message(clock), content=variants[0], options=options or Options(), split=split, variants=variants
    )


def request_key(text: str, app: str = "shop", request: bytes = b"body") -> RequestKey:
    """The idempotency key of a request with this body."""
    return RequestKey(App(app), text, hashlib.sha256(request).digest())
