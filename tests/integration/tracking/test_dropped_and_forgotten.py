"""Explanations where a message or a terminal left little behind."""

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.explained import SHOP, ExplainedWorld
from tests.support.redis_work import work

from pushgate.bundles.bundle_values import Verb
from pushgate.domain.audience import ByTerminal, ByToken, Everyone
from pushgate.domain.outcome import State
from pushgate.domain.terminal import InlineToken
from pushgate.ledger.values import Failure
from pushgate.tracking.explained import NotTargeted


@pytest.fixture
async def small(redis: Redis, clock: SetClock) -> ExplainedWorld:
    found = ExplainedWorld(redis, clock, large=False)
    await found.stores.registered_apps.ensure_app(SHOP)
    return found


@pytest.fixture
async def large(redis: Redis, clock: SetClock) -> ExplainedWorld:
    found = ExplainedWorld(redis, clock, large=True)
    await found.stores.registered_apps.ensure_app(SHOP)
    return found


async def test_a_message_for_nobody_says_so(small: ExplainedWorld) -> None:
    message_id = await small.send(ByTerminal(("t1",)))
    await small.drop_content(message_id)
    small.clock.advance(60)
    await small.register("t1")
    found = await small.of_terminal(message_id, "t1")
    assert (found.targeted, found.reason) == (False, NotTargeted.NOBODY)


async def test_push_tokens_that_were_dropped_with_the_content_are_not_known(
    small: ExplainedWorld,
) -> None:
    message_id = await small.send(ByToken((InlineToken("apns", "a" * 64, "en"),)))
    await small.drop_content(message_id)
    found = await small.of_token(message_id, "apns", "a" * 64)
    assert (found.targeted, found.reason) == (None, NotTargeted.TOKENS_DROPPED)


async def test_the_attempts_of_a_push_to_a_terminal_that_was_gone_are_not_known(
    small: ExplainedWorld,
) -> None:
    await small.register("t1")
    message_id = await small.send(ByTerminal(("t1",)))
    failure = Failure("apns", "forgotten", "the terminal was forgotten")
    await small.record(message_id, Verb.FORGOTTEN, failure)
    push = (await small.of_terminal(message_id, "t1")).push
    assert push is not None
    assert (push.state, push.failure, push.attempts) == (State.CANCELLED, failure, None)


async def test_a_broadcast_explains_terminals_that_left_among_many(large: ExplainedWorld) -> None:
    ids = [f"t{number}" for number in range(3000)]
    await large.register(*ids)
    message_id = await large.send(Everyone())
    await large.stores.registry.forget(SHOP, ids[1000:2000])
    await large.register(*ids[2500:], vendor="fcm")
    for terminal in ("t0", "t1500", "t2999"):
        found = await large.of_terminal(message_id, terminal)
        assert (found.targeted, found.registered is None) == (True, terminal == "t1500")
    large.clock.advance(60)
    await large.register("t9000")
    later = await large.of_terminal(message_id, "t9000")
    assert (later.targeted, later.reason) == (False, NotTargeted.REGISTERED_LATER)
    assert (await large.of_terminal(message_id, "x")).reason is NotTargeted.UNKNOWN_TERMINAL


async def test_a_known_terminal_costs_no_search(large: ExplainedWorld) -> None:
    await large.register(*(f"t{number}" for number in range(3000)))
    large.clock.advance(3600)
    message_id = await large.send(Everyone())
    await large.of_terminal(message_id, "t7")
    done = await work(large.redis, large.of_terminal(message_id, "t7"))
    scripts = done.calls.get("evalsha", 0) + done.calls.get("eval", 0)
    assert (scripts, done.written) == (3, 0)
    assert done.answered < 20_000
