"""Whom a segment's messages are for is read without the rest of their bodies, and schedulers are
told of segments in a short text."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.bundles import small

from pushgate.bundles.bodies import decode, encode
from pushgate.bundles.segments import Announcement
from pushgate.domain.audience import Audience, ByTerminal, ByToken, ByUser
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Options, Priority
from pushgate.domain.terminal import InlineToken

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("audience", "terminals", "users", "tokens"),
    [
        (ByTerminal(("a", "b", "a")), ["a", "b"], [], []),
        (ByUser(("ann", "ann")), [], ["ann"], []),
        (ByToken((InlineToken("fcm", "x", "en"),)), [], [], [("fcm", "x", "en")]),
    ],
)
def test_a_target_is_the_audience_of_the_message(
    audience: Audience, terminals: list[str], users: list[str], tokens: list[tuple[str, str, str]]
) -> None:
    target = decode(encode([small(push_at=NOW, audience=audience)], 0, to_ms(NOW))).target(0)
    assert (target.terminals, target.users, target.tokens) == (terminals, users, tokens)


@pytest.mark.parametrize("ttl", [timedelta(0), timedelta(seconds=30), timedelta(days=1)])
@pytest.mark.parametrize("priority", Priority)
def test_a_target_expires_with_its_message(ttl: timedelta, priority: Priority) -> None:
    message = small(push_at=NOW, options=Options(ttl=ttl, priority=priority))
    bodies = decode(encode([message], 0, to_ms(NOW)))
    assert bodies.push_at_ms == to_ms(NOW)
    assert bodies.target(0).expires_ms == to_ms(bodies.message(0, "", "shop").message.expires_at)
    assert bodies.target(0).priority is priority


@pytest.mark.parametrize("urgent", [True, False])
def test_an_announcement_says_home_time_and_urgency(urgent: bool) -> None:
    text = f"shop:3:{to_ms(NOW)}:{int(urgent)}"
    assert Announcement.parse(text) == Announcement("shop", 3, to_ms(NOW), urgent)


@pytest.mark.parametrize("text", ["", "shop", "shop:0", "shop:x:1:0", "a:b:c:d:e"])
def test_another_text_is_no_announcement(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Announcement.parse(text)
