"""How long a message may be on its way."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from pushgate.domain.audience import AudienceSummary
from pushgate.domain.message import NOW_OR_NEVER, Content, Message, Options, Resend
from pushgate.domain.outcome import State

PUSH_AT = datetime(2030, 1, 1, tzinfo=UTC)
MESSAGE = Message(
    id="m",
    app="shop",
    content={"en": Content("t", "b")},
    default_language="en",
    push_at=PUSH_AT,
    created_at=PUSH_AT,
    audience=AudienceSummary(),
    options=Options(ttl=timedelta(hours=1)),
)


@pytest.mark.parametrize(
    ("ttl", "lifetime"), [(timedelta(hours=1), timedelta(hours=1)), (timedelta(0), NOW_OR_NEVER)]
)
def test_a_message_expires_after_its_time_to_live(ttl: timedelta, lifetime: timedelta) -> None:
    message = replace(MESSAGE, options=Options(ttl=ttl))
    assert message.lifetime == message.envelope.lifetime == lifetime
    assert message.expires_at == message.envelope.expires_at == PUSH_AT + lifetime


def test_a_resent_message_expires_when_its_resend_says() -> None:
    until = PUSH_AT + timedelta(days=3)
    message = replace(MESSAGE, resend=Resend(1, (State.EXPIRED,), until))
    assert message.expires_at == message.envelope.expires_at == until
    assert message.lifetime == timedelta(hours=1)
