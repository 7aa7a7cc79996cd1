"""Webhooks and their deliveries, domain -> JSON. Pure."""

from datetime import timedelta

from pushgate.api.times import format_instant, format_known
from pushgate.webhooks.answer import Answer
from pushgate.webhooks.delivery import Attempt
from pushgate.webhooks.webhook import Webhook


def from_webhook(webhook: Webhook) -> dict[str, object]:
    """Return a webhook without its secrets."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "types": list(webhook.types),
        "expand": webhook.expand,
        "description": webhook.description,
        "state": webhook.state.value,
        "paused_at": format_known(webhook.paused_at),
        "pause_reason": webhook.pause_reason.value if webhook.pause_reason else None,
        "created_at": format_instant(webhook.created_at),
        "created_by": webhook.created_by,
        "previous_secret_until": format_known(webhook.previous_until),
    }


def from_attempt(attempt: Attempt) -> dict[str, object]:
    """Return an attempt of the log."""
    return {
        "delivery": attempt.delivery,
        "shard": attempt.shard,
        "attempt": attempt.attempt,
        "at": format_instant(attempt.at),
        "duration_ms": attempt.duration_ms,
        "events": attempt.events,
        "status": attempt.status,
        "failure": attempt.failure.value if attempt.failure else None,
        "reason": attempt.reason,
        "next_attempt_at": format_known(attempt.next_attempt_at),
    }


def from_answer(answer: Answer) -> dict[str, object]:
    """Return a receiver's answer to a test event."""
    return {
        "delivered": answer.is_success,
        "status": answer.status,
        "failure": answer.failure.value if answer.failure else None,
        "reason": answer.reason,
        "duration_ms": answer.duration // timedelta(milliseconds=1),
    }
