"""From whom a small message can be taken back: who has it or may have it, by the present token."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.small_pushes import ACCEPTED, SmallPushes, invalid, rejected, to, to_tokens

from pushgate.bundles.bundle_values import Change, Verb
from pushgate.cancellation import cancel
from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.recall.parts import RecallPart, parts_of


@pytest.fixture
def pushes(redis: Redis, clock: SetClock) -> SmallPushes:
    return SmallPushes(redis, clock, App("shop", 3))


async def parts(pushes: SmallPushes, message_id: str, vendor: str = "huawei") -> list[RecallPart]:
    stored = await pushes.stores.tracked.messages.read(pushes.app, message_id)
    return list(await parts_of(pushes.stores, pushes.app, stored.message, vendor))


async def test_only_who_has_it_or_may_have_it_is_asked(pushes: SmallPushes, clock: SetClock) -> None:
    ids = await pushes.register(5, vendor="huawei")
    others = await pushes.register(1)
    message_id = await pushes.send(to(*ids, *others))
    doubt = Change(Verb.UNCONFIRMED, (), None, clock.now() + timedelta(hours=1))
    await pushes.record(message_id, ACCEPTED, doubt, rejected(), invalid(), None, ACCEPTED)
    await cancel(pushes.stores, pushes.app, message_id)
    (part,) = await parts(pushes, message_id)
    account = await pushes.account(message_id)
    expected = [slot for slot in account.slots[:3] if slot.group.vendor == "huawei"][:2]
    assert part.size == len(expected) == 2
    assert await part.record(list(await part.tokens())) == 2
    assert await parts(pushes, message_id) == []
    _, report = await pushes.stores.tracked.results.find(pushes.app, message_id)
    assert report.recalled == 2


async def test_tokens_that_came_with_the_message_are_asked(pushes: SmallPushes) -> None:
    message_id = await pushes.send(to_tokens("a", "b", "c", vendor="huawei"), ACCEPTED, None, ACCEPTED)
    (part,) = await parts(pushes, message_id)
    assert list((await part.tokens()).values()) == [b"a", b"c"]
    assert await part.record([1]) == 1
    assert await part.record([0, 1]) == 1


async def test_moved_terminals_are_asked_by_their_present_token_and_forgotten_ones_are_left_out(
    pushes: SmallPushes,
) -> None:
    ids = await pushes.register(4, vendor="huawei")
    message_id = await pushes.send(to(*ids), *[ACCEPTED] * 4)
    await pushes.stores.registry.register(
        pushes.app,
        [
            Terminal(ids[0], "huawei", "another-token", "en"),
            Terminal(ids[1], "huawei", "huawei-token-1", "de"),
            Terminal(ids[2], "fcm", "of-fcm", "en"),
        ],
    )
    await pushes.stores.registry.forget(pushes.app, [ids[3]])
    (part,) = await parts(pushes, message_id)
    assert part.size == 4
    assert sorted((await part.tokens()).values()) == [b"another-token", b"huawei-token-1"]
