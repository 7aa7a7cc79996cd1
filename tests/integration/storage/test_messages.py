"""The queue: nothing stored is lost, nothing is claimed twice, and every change needs the right status."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock

from pushgate.domain.audience import AudienceSummary
from pushgate.domain.errors import Conflict, EngineUnavailable, IdempotencyKeyReused, NotFound
from pushgate.domain.message import Content, Message, Options, Resend, Status
from pushgate.domain.outcome import State
from pushgate.messages.idempotency import KEPT_FOR_MS, RequestKey
from pushgate.messages.store import Answering, Messages, new_id
from pushgate.redis.client import connect

LEASE = timedelta(seconds=30)
RETENTION = timedelta(days=30)


@pytest.fixture
def messages(redis: Redis, clock: SetClock) -> Messages:
    return Messages(redis, clock, RETENTION)


def message(clock: SetClock, after: float = 0, app: str = "shop", title: str = "t") -> Message:
    now = clock.now()
    return Message(
        new_id(now),
        app,
        {"en": Content(title, "b")},
        "en",
        now + timedelta(seconds=after),
        now,
        AudienceSummary(),
    )


async def test_a_stored_message_is_read_back_with_its_status(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock, 60))
    entry = await messages.read("shop", stored.id)
    assert (entry.message, entry.status) == (stored, Status.SCHEDULED)


async def test_another_apps_message_is_as_good_as_none(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock, 60))
    for attempt in (
        messages.read("other", stored.id),
        messages.cancel("other", stored.id),
        messages.reschedule("other", stored.id, lambda m: m),
        messages.read("shop", "0" * 28),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_ids_sort_by_time_and_are_never_the_same(clock: SetClock) -> None:
    ids = []
    for _ in range(50):
        ids.append(new_id(clock.now()))
        clock.advance(0.001)
    assert ids == sorted(set(ids))


def key(text: str, app: str = "shop", request: bytes = b"body") -> RequestKey:
    return RequestKey(app, text, hashlib.sha256(request).digest())


async def test_an_idempotency_key_gives_the_first_answer_again(messages: Messages, clock: SetClock) -> None:
    assert await messages.put_once(message(clock, 60), key("k"), b"first") == b"first"
    assert await messages.put_once(message(clock, 60), key("k"), b"second") == b"first"
    assert await messages.first_answers.read(key("k")) == b"first"
    assert (await messages.depth())["scheduled"] == 1


async def test_an_idempotency_key_with_another_body_is_a_conflict(
    messages: Messages, clock: SetClock
) -> None:
    await messages.put_once(message(clock, 60), key("k"), b"first")
    with pytest.raises(IdempotencyKeyReused):
        await messages.put_once(message(clock, 60), key("k", request=b"another"), b"second")
    with pytest.raises(IdempotencyKeyReused):
        await messages.first_answers.read(key("k", request=b"another"))
    assert (await messages.depth())["scheduled"] == 1


async def test_idempotency_keys_are_each_apps_own(messages: Messages, clock: SetClock) -> None:
    await messages.put_once(message(clock, 60), key("k"), b"first")
    other = message(clock, 60, app="other")
    assert await messages.put_once(other, key("k", app="other"), b"other") == b"other"


async def test_a_change_and_its_answer_are_stored_together(
    messages: Messages, clock: SetClock, redis: Redis
) -> None:
    stored = await messages.put(message(clock, 60))
    answering = Answering(key("k"), lambda entry: entry.message.default_language.encode())

    def change(before: Message) -> Message:
        return replace(before, default_language="ja")

    await messages.reschedule("shop", stored.id, change, answering)
    assert await messages.first_answers.read(key("k")) == b"ja"
    with pytest.raises(Conflict):
        await messages.reschedule("shop", stored.id, lambda m: replace(m, default_language="de"), answering)
    assert (await messages.read("shop", stored.id)).message.default_language == "ja"
    ttl = await redis.pttl(key("k").name)
    assert 0 < ttl <= KEPT_FOR_MS, "no record stays for ever"


async def test_storing_a_claimed_message_again_does_not_schedule_it_again(
    messages: Messages, clock: SetClock
) -> None:
    """A client library that lost its connection in mid-call sends the same call again."""
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "one", 10)
    await messages.put(stored)
    assert await messages.claim(clock.now(), LEASE, "two", 10) == []


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("sent", [True, False])
async def test_a_change_that_is_made_again_in_mid_call_is_no_conflict(
    messages: Messages, clock: SetClock, monkeypatch: pytest.MonkeyPatch, sent: bool, keyed: bool
) -> None:
    stored = await messages.put(message(clock))
    if sent:
        await messages.claim(clock.now(), LEASE, "one", 10)
        await messages.submitted(stored.id, "one", clock.now())
        await messages.finish("shop", stored.id)
    once = messages._run

    async def twice(name: str, *args: bytes | str | int) -> object:
        await once(name, *args)
        return await once(name, *args)

    def change(known: Message) -> Message:
        resend = Resend(1, (State.REJECTED,), clock.now())
        return replace(known, resend=resend) if sent else replace(known, default_language="ja")

    monkeypatch.setattr(messages, "_run", twice)
    verb = messages.resend if sent else messages.reschedule
    answering = Answering(key("k"), lambda entry: entry.status.value.encode()) if keyed else None
    entry = await verb("shop", stored.id, change, answering)
    assert entry == await messages.read("shop", stored.id)
    assert entry.message == change(stored)


async def test_only_what_is_due_is_claimed_earliest_first(messages: Messages, clock: SetClock) -> None:
    late, early = await messages.put(message(clock, 5)), await messages.put(message(clock, 2))
    assert await messages.claim(clock.now(), LEASE, "one", 10) == []
    clock.advance(2)
    assert await messages.claim(clock.now(), LEASE, "one", 10) == [early.envelope]
    clock.advance(10)
    assert await messages.claim(clock.now(), LEASE, "one", 10) == [late.envelope]


async def test_rival_schedulers_claim_every_message_once(messages: Messages, clock: SetClock) -> None:
    stored = {(await messages.put(message(clock))).id for _ in range(200)}
    claims = await asyncio.gather(*(messages.claim(clock.now(), LEASE, f"holder-{n}", 7) for n in range(40)))
    claimed = [item.id for batch in claims for item in batch]
    assert sorted(claimed) == sorted(stored)


async def test_a_claim_whose_holder_died_is_taken_over_when_its_lease_is_out(
    messages: Messages, clock: SetClock
) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "dead", 10)
    clock.advance(29)
    assert await messages.claim(clock.now(), LEASE, "next", 10) == []
    clock.advance(2)
    assert await messages.claim(clock.now(), LEASE, "next", 10) == [stored.envelope]
    assert await messages.submitted(stored.id, "dead", clock.now()) is None
    assert await messages.submitted(stored.id, "next", clock.now()) is Status.SENDING


async def test_a_renewed_claim_is_not_taken_over(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "slow", 10)
    clock.advance(29)
    assert await messages.renew(stored.id, "slow", clock.now() + LEASE) is Status.DISPATCHING
    clock.advance(29)
    assert await messages.claim(clock.now(), LEASE, "next", 10) == []


async def test_a_claim_put_back_is_claimed_by_the_next_at_once(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "leaving", 10)
    assert await messages.put_back(stored.id, "leaving", clock.now()) is Status.DISPATCHING
    assert await messages.claim(clock.now(), LEASE, "next", 10) == [stored.envelope]


async def test_a_claim_can_be_put_back_for_a_moment_later(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "tried", 10)
    await messages.put_back(stored.id, "tried", clock.now() + timedelta(seconds=1))
    assert await messages.claim(clock.now(), LEASE, "next", 10) == []
    clock.advance(1)
    assert await messages.claim(clock.now(), LEASE, "next", 10) == [stored.envelope]


async def test_only_a_message_being_sent_is_planned_again(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock))
    await messages.replan("shop", stored.id)
    assert (await messages.read("shop", stored.id)).status is Status.SCHEDULED
    await messages.claim(clock.now(), LEASE, "one", 10)
    await messages.submitted(stored.id, "one", clock.now())
    assert not await messages.was_replanned(stored.id)
    await messages.replan("shop", stored.id)
    assert await messages.was_replanned(stored.id)
    assert await messages.claim(clock.now(), LEASE, "two", 10) == [stored.envelope]
    await messages.submitted(stored.id, "two", clock.now())
    await messages.finish("shop", stored.id)
    await messages.replan("shop", stored.id)
    assert (await messages.read("shop", stored.id)).status is Status.SENT
    assert await messages.claim(clock.now() + 2 * LEASE, LEASE, "three", 10) == []


async def test_a_message_goes_from_scheduled_to_sent(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "one", 10)
    assert (await messages.read("shop", stored.id)).status is Status.DISPATCHING
    await messages.submitted(stored.id, "one", clock.now())
    assert (await messages.read("shop", stored.id)).status is Status.SENDING
    await messages.finish("shop", stored.id)
    assert (await messages.read("shop", stored.id)).status is Status.SENT
    assert await messages.depth() == {"scheduled": 0, "dispatching": 0, "sending": 0, "retries": 0}


async def test_a_message_still_being_dispatched_is_not_finished(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "one", 10)
    await messages.finish("shop", stored.id)
    assert (await messages.read("shop", stored.id)).status is Status.DISPATCHING


async def test_cancelling_a_scheduled_message_takes_it_off_the_schedule(
    messages: Messages, clock: SetClock
) -> None:
    stored = await messages.put(message(clock))
    assert (await messages.cancel("shop", stored.id)).status is Status.CANCELLED
    assert (await messages.cancel("shop", stored.id)).status is Status.CANCELLED
    assert await messages.claim(clock.now(), LEASE, "one", 10) == []


async def test_a_sent_message_cannot_be_cancelled(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "one", 10)
    await messages.submitted(stored.id, "one", clock.now())
    await messages.finish("shop", stored.id)
    with pytest.raises(Conflict, match="already sent"):
        await messages.cancel("shop", stored.id)


async def test_cancelling_during_dispatch_is_seen_by_the_holder_and_by_the_sweep(
    messages: Messages, clock: SetClock
) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "one", 10)
    await messages.cancel("shop", stored.id)
    assert await messages.submitted(stored.id, "one", clock.now()) is Status.CANCELLED
    looked = await messages.unfinished(clock.now(), clock.now() + LEASE, 10)
    assert [(entry.envelope.id, entry.status) for entry in looked] == [(stored.id, Status.CANCELLED)]
    await messages.finish("shop", stored.id)
    assert await messages.unfinished(clock.now() + LEASE, clock.now() + LEASE, 10) == []


async def test_a_cancelled_message_whose_holder_died_is_left_to_the_sweep(
    messages: Messages, clock: SetClock
) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "dead", 10)
    await messages.cancel("shop", stored.id)
    clock.advance(60)
    assert await messages.claim(clock.now(), LEASE, "next", 10) == []
    assert [
        entry.envelope.id for entry in await messages.unfinished(clock.now(), clock.now() + LEASE, 10)
    ] == [stored.id]


async def test_a_scheduled_message_can_be_changed(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock, 60))
    sooner = clock.now() + timedelta(seconds=5)
    entry = await messages.reschedule("shop", stored.id, lambda m: replace(m, push_at=sooner))
    assert entry.message.push_at == sooner
    clock.advance(5)
    assert await messages.claim(clock.now(), LEASE, "one", 10) == [replace(stored, push_at=sooner).envelope]


async def test_a_message_past_its_schedule_cannot_be_changed(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "one", 10)
    with pytest.raises(Conflict, match="dispatching"):
        await messages.reschedule("shop", stored.id, lambda m: replace(m, push_at=clock.now()))


async def test_changes_at_the_same_time_all_take_effect(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock, 60))

    def titled(text: str) -> Callable[[Message], Message]:
        return lambda m: replace(m, content={**m.content, text: Content(text, "b")})

    await asyncio.gather(
        *(messages.reschedule("shop", stored.id, titled(text)) for text in ("fr", "ja", "de"))
    )
    assert set((await messages.read("shop", stored.id)).message.content) == {"en", "fr", "ja", "de"}


async def test_pages_go_from_newest_to_oldest_without_gap_or_repeat(
    messages: Messages, clock: SetClock
) -> None:
    ids = []
    for _ in range(7):
        ids.append((await messages.put(message(clock, 60))).id)
        clock.advance(1)
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        entries, cursor = await messages.page("shop", None, cursor, 3)
        seen += [entry.message.id for entry in entries]
    assert seen == ids[::-1]
    assert cursor is None


async def test_pages_can_be_of_one_status(messages: Messages, clock: SetClock) -> None:
    kept, gone = await messages.put(message(clock, 60)), await messages.put(message(clock, 60))
    await messages.cancel("shop", gone.id)
    assert [e.message.id for e in (await messages.page("shop", Status.SCHEDULED, None, 10))[0]] == [kept.id]
    assert [e.message.id for e in (await messages.page("shop", Status.CANCELLED, None, 10))[0]] == [gone.id]
    assert (await messages.page("other", None, None, 10))[0] == []


async def test_the_index_forgets_messages_past_their_retention(
    messages: Messages, clock: SetClock, redis: Redis
) -> None:
    stored = await messages.put(replace(message(clock), options=Options(ttl=timedelta(hours=1))))
    assert await messages.trim(clock.now() + RETENTION) == 0
    assert await messages.trim(clock.now() + RETENTION + timedelta(hours=1, seconds=1)) == 1
    left = {key async for key in redis.scan_iter()}
    assert left == {f"{{q}}:message:{stored.id}".encode()}
    assert await redis.pttl(f"{{q}}:message:{stored.id}") > 0


async def test_a_finished_message_gets_one_more_look(messages: Messages, clock: SetClock) -> None:
    stored = await messages.put(message(clock))
    await messages.claim(clock.now(), LEASE, "one", 10)
    await messages.submitted(stored.id, "one", clock.now())
    await messages.finish("shop", stored.id)
    assert await messages.settling(clock.now(), clock.now() + LEASE, 10) == []
    clock.advance(60)
    looked = await messages.settling(clock.now(), clock.now() + LEASE, 10)
    assert [(entry.envelope.id, entry.status) for entry in looked] == [(stored.id, Status.SENT)]
    await messages.reopen("shop", stored.id)
    assert (await messages.read("shop", stored.id)).status is Status.SENDING
    assert [
        entry.envelope.id for entry in await messages.unfinished(clock.now(), clock.now() + LEASE, 10)
    ] == [stored.id]
    await messages.finish("shop", stored.id)
    await messages.settle("shop", stored.id)
    clock.advance(1000)
    assert await messages.settling(clock.now(), clock.now() + LEASE, 10) == []


async def test_a_message_that_cannot_be_read_does_not_stop_the_others(
    messages: Messages, redis: Redis, clock: SetClock
) -> None:
    bad, good = await messages.put(message(clock)), await messages.put(message(clock))
    await redis.hset(f"{{q}}:message:{bad.id}", "envelope", '{"audience": {"planet": "mars"}}')
    assert await messages.claim(clock.now(), LEASE, "one", 10) == [good.envelope]


async def test_trimming_goes_on_until_all_is_done(messages: Messages, clock: SetClock) -> None:
    for _ in range(25):
        await messages.put(message(clock))
    assert await messages.trim(clock.now() + timedelta(days=60), limit=10) == 25
    assert (await messages.page("shop", None, None, 10))[0] == []


async def test_a_server_that_is_full_is_out_of_reach_for_now(
    messages: Messages, redis: Redis, clock: SetClock
) -> None:
    await redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(EngineUnavailable, match="cannot serve now"):
            await messages.put(message(clock))
    finally:
        await redis.config_set("maxmemory", "0")


async def test_an_engine_out_of_reach_is_told_as_such(clock: SetClock) -> None:
    nowhere = connect("redis://127.0.0.1:1/0", 4)
    try:
        with pytest.raises(EngineUnavailable):
            await Messages(nowhere, clock, RETENTION).put(message(clock))
    finally:
        await nowhere.aclose()
