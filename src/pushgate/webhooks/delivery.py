"""A delivery: which events of a shard one request has, and how its attempts went. Pure."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pushgate.webhooks.answer import Answer, AttemptFailure
from pushgate.webhooks.streams import Choice, StreamPage

MAX_TERMINALS = 1000
"""Terminals that the events of one request name."""
MAX_BODY = 256 * 1024
"""Bytes of one request, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The boundaries of a delivery, stored before its first attempt: a repeat has the same body.

    `digest` is the digest of the events (see `StreamPage`): if their text has changed meanwhile,
    another delivery replaces this one.

    `after` and `to` are places of the shard's stream. It holds no event, and so no id of a person.
    """

    id: str
    shard: str
    after: str
    to: str
    types: tuple[str, ...]
    expand: bool
    events: int
    digest: str
    created_at: datetime
    attempts: int = 0
    next_attempt_at: datetime
    first_failed_at: datetime | None = None

    def renewed(self, resumed_at: datetime | None) -> "Delivery":
        """The delivery without the failures from before its webhook was resumed."""
        if resumed_at is None or self.first_failed_at is None or self.first_failed_at >= resumed_at:
            return self
        return replace(self, attempts=0, first_failed_at=None, next_attempt_at=resumed_at)

    def failed(self, at: datetime, next_attempt_at: datetime) -> "Delivery":
        """The delivery after one more attempt that failed."""
        return replace(
            self,
            attempts=self.attempts + 1,
            next_attempt_at=next_attempt_at,
            first_failed_at=self.first_failed_at or at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt of a delivery ended, as the log keeps it. It holds no event."""

    delivery: str
    shard: str
    attempt: int
    at: datetime
    duration_ms: int
    events: int
    status: int | None
    failure: AttemptFailure | None
    reason: str
    next_attempt_at: datetime | None


def new_delivery_id() -> str:
    """An id that no other delivery has; the header `webhook-id` of each attempt."""
    return f"wd_{secrets.token_hex(16)}"


def new_delivery(
    shard: str, after: str, page: StreamPage, choice: Choice, failed: Delivery | None = None
) -> Delivery:
    """A delivery of the events of a page.

    It may replace a failed delivery whose events are gone in part, or have another text by now; the
    failures of that delivery then go on counting.
    """
    return Delivery(
        id=new_delivery_id(),
        shard=shard,
        after=after,
        to=page.place,
        types=choice.types,
        expand=choice.expand,
        events=len(page.events),
        digest=page.digest,
        created_at=choice.now,
        attempts=failed.attempts if failed else 0,
        next_attempt_at=choice.now,
        first_failed_at=failed.first_failed_at if failed else None,
    )


def record(
    delivery: Delivery, answer: Answer, at: datetime, next_attempt_at: datetime | None = None
) -> Attempt:
    """The row of the log for an attempt that began at this instant."""
    return Attempt(
        delivery=delivery.id,
        shard=delivery.shard,
        attempt=delivery.attempts + 1,
        at=at,
        duration_ms=answer.duration // timedelta(milliseconds=1),
        events=delivery.events,
        status=answer.status,
        failure=answer.failure,
        reason=answer.reason,
        next_attempt_at=next_attempt_at,
    )
