"""A webhook as it is stored: where events go, which ones, and whether they go now. Pure."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

MAX_WEBHOOKS = 100
"""Webhooks an app may have."""
MAX_DESCRIPTION = 200
ID = r"^wh_[0-9a-f]{16}$"


class WebhookState(StrEnum):
    """Whether events are delivered."""

    ACTIVE = "active"
    PAUSED = "paused"


class PauseReason(StrEnum):
    """Why events are not delivered."""

    REQUESTED = "requested"
    GONE = "gone"
    """The receiver answered 410."""
    UNDELIVERABLE = "undeliverable"
    """A delivery failed for so long that it was given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook. `secret` is sealed, as is `previous_secret`, which signs too until an instant.

    With `expand`, each terminal has an event of its own, with user and data; else events name the
    terminals of a block together.
    """

    id: str
    app: str
    url: str
    types: tuple[str, ...]
    expand: bool
    description: str
    created_at: datetime
    created_by: str
    """The id of the API key that created it."""
    secret: bytes
    previous_secret: bytes | None = None
    previous_until: datetime | None = None
    state: WebhookState = WebhookState.ACTIVE
    paused_at: datetime | None = None
    pause_reason: PauseReason | None = None
    resumed_at: datetime | None = None
    """Failures from before this instant do not count."""
    replayed_at: datetime | None = None
    """When its places were last moved. Senders notice a move by it."""

    @property
    def reader(self) -> str:
        """The name of its reader in the app's streams of events."""
        return f"webhook:{self.id}"

    def signing_secrets(self, now: datetime) -> Sequence[bytes]:
        """The sealed secrets that sign now, the newest first."""
        if self.previous_secret is None or self.previous_until is None or now >= self.previous_until:
            return (self.secret,)
        return self.secret, self.previous_secret

    def paused(self, reason: PauseReason, now: datetime) -> "Webhook":
        """The webhook, paused. A paused webhook keeps its first reason."""
        if self.state is WebhookState.PAUSED:
            return self
        return replace(self, state=WebhookState.PAUSED, paused_at=now, pause_reason=reason)

    def resumed(self, now: datetime) -> "Webhook":
        """The webhook, active."""
        if self.state is WebhookState.ACTIVE:
            return self
        return replace(self, state=WebhookState.ACTIVE, paused_at=None, pause_reason=None, resumed_at=now)


def new_id() -> str:
    """An id that no other webhook has."""
    return f"wh_{secrets.token_hex(8)}"
