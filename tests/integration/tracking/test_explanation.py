"""What a message meant for one terminal: small and large messages give the same answers, as far as
both know them.
"""

from collections import Counter
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.explained import SHOP, ExplainedWorld
from tests.support.redis_work import work

from pushgate.bundles.bundle_values import Verb
from pushgate.content.language import ChosenLanguage, LanguageMatch
from pushgate.domain.audience import AllOf, ByTerminal, ByToken, ByUser, Not
from pushgate.domain.errors import NotFound
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.domain.terminal import Group, InlineToken
from pushgate.ledger.values import Failure
from pushgate.tracking.explained import Explanation, NotTargeted, Precision

T1 = ByTerminal(("t1",))
REFUSED = Failure("apns", "TopicDisallowed", "pushes to this topic are not allowed")
BUSY = Failure("apns", "TooManyRequests", "too many")


@pytest.fixture(params=[False, True], ids=["small", "large"])
async def world(request: pytest.FixtureRequest, redis: Redis, clock: SetClock) -> ExplainedWorld:
    found = ExplainedWorld(redis, clock, large=request.param)
    await found.stores.registered_apps.ensure_app(SHOP)
    await found.register("t1", "t2")
    clock.advance(3600)
    return found


def why_not(explanation: Explanation) -> tuple[bool | None, NotTargeted | None]:
    assert explanation.push is None
    return explanation.targeted, explanation.reason


async def test_an_accepted_push_is_explained_as_exactly_as_it_is_known(world: ExplainedWorld) -> None:
    message_id = await world.send(T1)
    world.clock.advance(7)
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("t1"))
    found = await world.of_terminal(message_id, "t1")
    assert (found.targeted, found.reason, found.terminal) == (True, None, "t1")
    assert found.push is not None
    assert (found.push.group, found.push.state) == (Group("apns", "en"), State.ACCEPTED)
    assert (found.push.failure, found.push.in_doubt, found.push.moved_to) == (None, False, None)
    assert (found.push.due_at, found.push.expires_at) == (None, None)
    exact = found.push.since, found.push.precision, found.push.attempts, found.push.receipt_times
    if world.large:
        assert exact == (None, None, None, None)
    else:
        assert exact == (world.clock.now(), Precision.SECOND, 1, {})


async def test_a_failure_has_its_reason_and_its_time(world: ExplainedWorld) -> None:
    message_id = await world.send(T1)
    world.clock.advance(100)
    await world.record(message_id, Verb.REJECTED, REFUSED, slot=await world.slot("t1"))
    push = (await world.of_terminal(message_id, "t1")).push
    assert push is not None
    assert (push.state, push.failure) == (State.REJECTED, REFUSED)
    second = world.clock.now()
    minute = second.replace(second=0)
    expected = (minute, Precision.MINUTE, None) if world.large else (second, Precision.SECOND, 1)
    assert (push.since, push.precision, push.attempts) == expected


async def test_a_pending_push_has_its_next_attempt_and_its_last_failure(
    world: ExplainedWorld,
) -> None:
    message_id = await world.send(T1)
    fresh = (await world.of_terminal(message_id, "t1")).push
    assert fresh is not None
    assert (fresh.state, fresh.since, fresh.failure) == (State.PENDING, None, None)
    assert fresh.due_at is not None
    assert fresh.due_at <= world.clock.now()
    assert fresh.expires_at == world.clock.now() + timedelta(days=1)
    assert fresh.attempts == (None if world.large else 0)
    await world.record(message_id, Verb.TRIED, BUSY, slot=await world.slot("t1"))
    tried = (await world.of_terminal(message_id, "t1")).push
    assert tried is not None
    assert tried.failure is not None
    assert (tried.state, tried.failure.code) == (State.PENDING, "TooManyRequests")
    if not world.large:
        assert (tried.attempts, tried.due_at) == (1, world.clock.now() + timedelta(seconds=30))


async def test_a_push_that_nobody_can_send_says_why(world: ExplainedWorld) -> None:
    await world.register("t3", vendor="huawei")
    message_id = await world.send(ByTerminal(("t3",)))
    push = (await world.of_terminal(message_id, "t3")).push
    assert push is not None
    assert push.failure is not None
    assert (push.state, push.failure.code) == (State.PENDING, "vendor_not_configured")


async def test_a_push_without_an_answer_is_in_doubt(world: ExplainedWorld) -> None:
    message_id = await world.send(T1)
    await world.record(message_id, Verb.UNCONFIRMED, BUSY, slot=await world.slot("t1"))
    push = (await world.of_terminal(message_id, "t1")).push
    assert push is not None
    assert (push.state, push.in_doubt) == (State.PENDING, True)


async def test_receipts_have_times_for_small_messages_alone(world: ExplainedWorld) -> None:
    message_id = await world.send(T1)
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("t1"))
    world.clock.advance(5)
    await world.report(ReceiptKind.DELIVERED, message_id, "t1")
    delivered_at = world.clock.now()
    world.clock.advance(5)
    await world.report(ReceiptKind.CLICKED, message_id, "t1")
    push = (await world.of_terminal(message_id, "t1")).push
    assert push is not None
    assert push.receipts == {ReceiptKind.DELIVERED, ReceiptKind.CLICKED}
    times = {ReceiptKind.DELIVERED: delivered_at, ReceiptKind.CLICKED: world.clock.now()}
    assert push.receipt_times == (None if world.large else times)


@pytest.mark.parametrize(
    ("language", "chosen"),
    [
        ("fr", ChosenLanguage("fr", LanguageMatch.EXACT)),
        ("zh-TW", ChosenLanguage("zh-Hant", LanguageMatch.NEAREST)),
        ("ko", ChosenLanguage("en", LanguageMatch.DEFAULT)),
        ("und", ChosenLanguage("en", LanguageMatch.DEFAULT)),
    ],
)
async def test_the_language_is_the_one_that_is_sent_and_has_its_reason(
    world: ExplainedWorld, language: str, chosen: ChosenLanguage
) -> None:
    await world.register("t3", language=language)
    message_id = await world.send(ByTerminal(("t3",)))
    assert (await world.of_terminal(message_id, "t3")).language == chosen


async def test_a_terminal_that_is_not_registered_is_said_to_be_unknown(world: ExplainedWorld) -> None:
    message_id = await world.send(T1)
    found = await world.of_terminal(message_id, "nobody")
    assert why_not(found) == (False, NotTargeted.UNKNOWN_TERMINAL)
    assert (found.terminal, found.registered) == ("nobody", None)


async def test_what_became_of_a_terminal_that_was_forgotten_since_is_still_explained(
    world: ExplainedWorld,
) -> None:
    message_id = await world.send(T1)
    gone = Failure("apns", "Unregistered", "the app was uninstalled")
    await world.record(message_id, Verb.INVALID, gone, slot=await world.slot("t1"))
    await world.stores.registry.forget(SHOP, ["t1"])
    found = await world.of_terminal(message_id, "t1")
    assert found.push is not None
    assert (found.targeted, found.registered, found.push.state) == (True, None, State.INVALID)
    await world.register("t1")  # the app was installed again
    again = await world.of_terminal(message_id, "t1")
    assert again.push == found.push
    assert again.registered is not None


async def test_a_terminal_that_moved_is_found_where_it_was(world: ExplainedWorld) -> None:
    message_id = await world.send(T1)
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("t1"))
    await world.register("t1", vendor="fcm", language="ja")
    found = await world.of_terminal(message_id, "t1")
    assert found.push is not None
    assert (found.push.group, found.push.moved_to) == (Group("apns", "en"), Group("fcm", "ja"))
    assert found.push.state is State.ACCEPTED
    assert (await world.of_token(message_id, "fcm", "token-t1")).push == found.push


async def test_a_terminal_that_the_message_does_not_list_is_told_so(world: ExplainedWorld) -> None:
    message_id = await world.send(T1)
    assert why_not(await world.of_terminal(message_id, "t2")) == (False, NotTargeted.NOT_LISTED)
    await world.register("t3")
    assert why_not(await world.of_terminal(message_id, "t3")) == (False, NotTargeted.NOT_LISTED)


async def test_a_terminal_that_was_registered_later_is_told_so(world: ExplainedWorld) -> None:
    message_id = await world.send(ByTerminal(("t1", "t3")))
    of_user = await world.send(ByUser(("u1",)))
    world.clock.advance(60)
    await world.register("t3", user="u1")
    for one in (message_id, of_user):
        assert why_not(await world.of_terminal(one, "t3")) == (False, NotTargeted.REGISTERED_LATER)
    assert why_not(await world.of_terminal(of_user, "t1")) == (False, NotTargeted.NOT_LISTED)


@pytest.mark.parametrize("world", [True], indirect=True, ids=["large"])
async def test_a_terminal_that_an_expression_does_not_hold_is_told_so(world: ExplainedWorld) -> None:
    message_id = await world.send(AllOf((ByUser(("u1",)), Not(ByTerminal(("t1",))))))
    assert why_not(await world.of_terminal(message_id, "t1")) == (False, NotTargeted.NOT_IN_AUDIENCE)


async def test_a_message_that_is_not_planned_yet_says_so(world: ExplainedWorld) -> None:
    message_id = await world.store(T1, push_at=world.clock.now() + timedelta(hours=1))
    assert why_not(await world.of_terminal(message_id, "t1")) == (False, NotTargeted.NOT_PLANNED)
    assert why_not(await world.of_terminal(message_id, "x")) == (False, NotTargeted.UNKNOWN_TERMINAL)
    await world.cancel(message_id)
    assert why_not(await world.of_terminal(message_id, "t1")) == (False, NotTargeted.CANCELLED)


async def test_a_registered_terminal_is_found_by_its_push_token(world: ExplainedWorld) -> None:
    message_id = await world.send(T1)
    by_token = await world.of_token(message_id, "apns", "token-t1")
    assert by_token == await world.of_terminal(message_id, "t1")
    other = await world.of_token(message_id, "fcm", "token-t1")
    assert why_not(other) == (None, NotTargeted.UNKNOWN_TOKEN), "it is a token of another vendor"
    foreign = await world.of_token(message_id, "huawei", "token-t1")
    assert why_not(foreign) == (None, NotTargeted.VENDOR_NOT_CONFIGURED)


async def test_a_push_token_that_the_message_brought_is_found_by_itself_and_by_its_terminal(
    world: ExplainedWorld,
) -> None:
    brought = ByToken((InlineToken("apns", "token-t1", "fr"), InlineToken("fcm", "f" * 20, "en")))
    message_id = await world.send(brought)
    await world.record(
        message_id, Verb.ACCEPTED, slot=await world.inline_slot(message_id, "apns", "token-t1")
    )
    by_token = await world.of_token(message_id, "apns", "token-t1")
    assert by_token.push is not None
    assert by_token.push.state is State.ACCEPTED
    assert by_token.push.group == Group("apns", "fr", inline=True)
    assert by_token.push.moved_to is None
    assert by_token.language == ChosenLanguage("fr", LanguageMatch.EXACT)
    assert (await world.of_terminal(message_id, "t1")).push == by_token.push
    stranger = await world.of_token(message_id, "fcm", "f" * 20)
    assert (stranger.targeted, stranger.terminal) == (True, None)
    assert why_not(await world.of_token(message_id, "apns", "f" * 20)) == (False, NotTargeted.NOT_LISTED)
    assert why_not(await world.of_terminal(message_id, "t2")) == (False, NotTargeted.NOT_LISTED)
    assert why_not(await world.of_terminal(message_id, "x")) == (False, NotTargeted.UNKNOWN_TERMINAL)


async def test_the_push_of_a_message_without_content_is_still_explained(world: ExplainedWorld) -> None:
    message_id = await world.send(T1)
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("t1"))
    await world.drop_content(message_id)
    found = await world.of_terminal(message_id, "t1")
    assert found.push is not None
    assert (found.push.state, found.language, found.tracked.message) == (State.ACCEPTED, None, None)
    expected = NotTargeted.NOT_LISTED if world.large else NotTargeted.CONTENT_DROPPED
    assert why_not(await world.of_terminal(message_id, "t2")) == (False, expected)


async def test_explanations_of_all_terminals_add_up_to_the_results(world: ExplainedWorld) -> None:
    ids = [f"t{number}" for number in range(12)]
    await world.register(*ids)
    message_id = await world.send(ByTerminal(tuple(ids)))
    verbs = (Verb.ACCEPTED, Verb.INVALID, Verb.REJECTED, Verb.TRIED)
    for number, terminal in enumerate(ids):
        verb = verbs[number % len(verbs)]
        failure = None if verb is Verb.ACCEPTED else REFUSED
        await world.record(message_id, verb, failure, slot=await world.slot(terminal))
    await world.report(ReceiptKind.CLICKED, message_id, "t0")
    await world.stores.registry.forget(SHOP, ["t1", "t5"])
    await world.register("t2", "t0", vendor="fcm", language="ja")
    _, report = await world.stores.tracked.results.find(SHOP, message_id)
    pushes = [(await world.of_terminal(message_id, terminal)).push for terminal in ids]
    states = Counter(push.state.value for push in pushes if push)
    assert states == Counter({state: count for state, count in report.states.items() if count})
    assert states.total() == report.targeted == 12
    assert sum(ReceiptKind.CLICKED in push.receipts for push in pushes if push) == report.clicked == 1


async def test_a_message_that_there_is_not_is_an_error(world: ExplainedWorld) -> None:
    for message_id in ("0" * 30, "x"):
        with pytest.raises(NotFound):
            await world.of_terminal(message_id, "t1")
        with pytest.raises(NotFound):
            await world.of_token(message_id, "apns", "token-t1")


async def test_an_explanation_is_a_few_reads(world: ExplainedWorld) -> None:
    message_id = await world.send(T1)
    await world.of_terminal(message_id, "t1")
    done = await work(world.redis, world.of_terminal(message_id, "t1"))
    scripts = done.calls.get("evalsha", 0) + done.calls.get("eval", 0)
    assert scripts == 3, "the message, the terminal and its slots"
    assert done.written == 0
