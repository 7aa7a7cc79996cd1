"""The terminals of small messages by what became of them: who, why and when, in pages that stay
right while failures are sent again.
"""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.small_pushes import (
    ACCEPTED,
    RESERVED,
    SmallPushes,
    invalid,
    rejected,
    to,
    to_tokens,
)

from pushgate.domain.message import Delivery, Options
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.terminals.lookup import TerminalName
from pushgate.tracking.listed_terminals import ListedTerminal
from pushgate.tracking.terminal_filters import TerminalFilter


async def page(
    pushes: SmallPushes,
    message_id: str,
    cursor: str | None = None,
    limit: int = 100,
    wanted: TerminalFilter = TerminalFilter.FAILED,
) -> tuple[Sequence[ListedTerminal], str | None]:
    return await pushes.stores.tracked.terminals.page(pushes.app, message_id, wanted, cursor, limit)


def codes(rows: Sequence[ListedTerminal]) -> list[str | None]:
    return [row.failure.code if row.failure else None for row in rows]


async def test_each_failed_terminal_is_named_with_the_reason_and_the_second(
    redis: Redis, clock: SetClock
) -> None:
    pushes = SmallPushes(redis, clock)
    ids = await pushes.register(4)
    (message_id,) = await pushes.put(to(*ids))
    await pushes.place()
    clock.advance(7)
    await pushes.record(message_id, invalid(), ACCEPTED, rejected(), None)
    found, following = await page(pushes, message_id)
    assert following is None
    assert [(row.name.terminal, row.state, row.at) for row in found] == [
        ("fcm-0", State.INVALID, clock.now()),
        ("fcm-2", State.REJECTED, clock.now()),
    ]
    assert codes(found) == ["GONE", "REFUSED"]
    assert {row.group for row in found} == {Group("fcm", "en")}
    only, _ = await page(pushes, message_id, wanted=TerminalFilter.REJECTED)
    assert [row.name.terminal for row in only] == ["fcm-2"]


async def test_a_terminal_that_came_with_the_message_is_named_by_its_token(
    redis: Redis, clock: SetClock
) -> None:
    pushes = SmallPushes(redis, clock)
    message_id = await pushes.send(to_tokens("a", "b", "b", "c"), ACCEPTED, invalid(), rejected())
    found, _ = await page(pushes, message_id)
    assert [row.name for row in found] == [TerminalName(token="b"), TerminalName(token="c")]


async def test_a_terminal_that_moved_since_keeps_its_name(redis: Redis, clock: SetClock) -> None:
    pushes = SmallPushes(redis, clock)
    await pushes.register(2)
    message_id = await pushes.send(to("fcm-0"), rejected())
    await pushes.register(1, vendor="fcm", language="de")
    found, _ = await page(pushes, message_id)
    assert [(row.name.terminal, row.group.language) for row in found] == [("fcm-0", "en")]


async def test_a_page_leads_on_to_the_right_terminal_when_others_leave_the_list(
    redis: Redis, clock: SetClock
) -> None:
    pushes = SmallPushes(redis, clock)
    ids = await pushes.register(6)
    message_id = await pushes.send(to(*ids), *[rejected()] * 6)
    found, cursor = await page(pushes, message_id, limit=3)
    await pushes.record(message_id, *[None] * 6)
    account = await pushes.account(message_id)
    assert account.message is not None
    resumed = await pushes.stores.small_accounts.resume(
        pushes.app,
        message_id,
        number=1,
        states=[State.REJECTED],
        staying=[],
        expires_at=clock.now() + timedelta(hours=1),
        request=b"",
    )
    assert resumed == 6
    await pushes.record(message_id, ACCEPTED, ACCEPTED, ACCEPTED, *[invalid()] * 3)
    rest, end = await page(pushes, message_id, cursor, 3)
    assert [row.name.terminal for row in (*found, *rest)] == ids
    assert end is None


@pytest.mark.parametrize("text", ["", "x", "OQ", "MSAw", "MCA5OQ==", "MCAwIDA=", "M A==", "4pGg", "LTEgMA=="])
async def test_what_is_no_cursor_of_the_message_is_refused(redis: Redis, clock: SetClock, text: str) -> None:
    pushes = SmallPushes(redis, clock)
    ids = await pushes.register(3)
    message_id = await pushes.send(to(*ids), *[rejected()] * 3)
    with pytest.raises(ValueError, match=r"."):
        await page(pushes, message_id, text)


async def test_a_push_that_is_sent_at_most_once_counts_as_unanswered_meanwhile(
    redis: Redis, clock: SetClock
) -> None:
    """As one of a large message: rejected, with the same reason in results and failures."""
    pushes = SmallPushes(redis, clock)
    await pushes.register(1)
    once = Options(delivery=Delivery.AT_MOST_ONCE)
    message_id = await pushes.send(to("fcm-0"), RESERVED, options=once)
    _, report = await pushes.stores.tracked.results.find(pushes.app, message_id)
    found, _ = await page(pushes, message_id)
    assert [row.state for row in found] == [State.REJECTED]
    assert codes(found) == ["unanswered"]
    assert [(one.state, one.code, one.count) for one in report.failures] == [("rejected", "unanswered", 1)]
