"""A terminal gets at most so many messages of a category on its day."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.accounting import APP
from tests.support.ledger import BLOCKS, LEASE, reserve

from pushgate.domain.outcome import State
from pushgate.domain.ranges import by_range, slots_of
from pushgate.ledger.frequency_caps import Cap, FrequencyCaps, SmallPush
from pushgate.ledger.values import MessageShard, Move, Planned
from pushgate.stores import Stores

NEWS = Cap("news", 3)


TODAY = datetime.now(UTC).date()


def message_shard(message: object) -> MessageShard:
    return MessageShard(APP, 0, f"m{message}", datetime.now(UTC) + timedelta(days=31))


async def over(
    caps: FrequencyCaps, message: object, slots: set[int], cap: Cap = NEWS, days: int = 0
) -> set[int]:
    """The slots that are not admitted so many days from now."""
    day = TODAY + timedelta(days=days)
    found = await caps.admit(message_shard(message), cap, day, by_range(slots))
    return {slot for number, bits in found.items() for slot in slots_of(number, bits)}


async def test_a_message_takes_one_place_of_each_slot(redis: Redis) -> None:
    caps, slots = FrequencyCaps(redis), {0, 1, 1023, 70_000}
    for message in range(3):
        assert await over(caps, message, slots) == set()
    assert await over(caps, "more", slots) == slots
    assert await over(caps, "more", {1, 2}) == {1}, "slot 2 is asked for the first time"
    assert await over(caps, 0, slots) == set(), "who was admitted stays so"
    assert await over(caps, "tomorrow", slots, days=1) == set()
    assert await over(caps, "order", slots, Cap("order", 1)) == set()


async def test_a_cap_may_be_lowered_and_raised(redis: Redis) -> None:
    caps = FrequencyCaps(redis)
    for message in range(9):
        assert await over(caps, message, {5}, Cap("news", 9)) == set()
    assert await over(caps, "a", {5, 6}, Cap("news", 2)) == {5}
    assert await over(caps, "b", {5}, Cap("news", 9)) == {5}
    assert await over(caps, "c", {5}, Cap("news", 15)) == set()


async def test_counts_expire_after_three_days_and_old_names_go(redis: Redis) -> None:
    caps = FrequencyCaps(redis)
    await over(caps, "a", {5})
    keys = [key.decode() async for key in redis.scan_iter("{shop:0}:cap:*")]
    assert keys == [f"{{shop:0}}:cap:news:{TODAY}:0:0"]
    assert 0 < await redis.pttl(keys[0]) <= timedelta(days=3) / timedelta(milliseconds=1)
    assert await redis.smembers("{shop:0}:caps") == {f"news:{TODAY}".encode()}
    await over(caps, "b", {5}, days=4)
    assert await redis.smembers("{shop:0}:caps") == {f"news:{TODAY + timedelta(days=4)}".encode()}
    assert not [key async for key in redis.scan_iter("{shop:0}:m:*:wanted")], "keys of one call go with it"


async def test_old_names_go_where_only_small_messages_come(redis: Redis) -> None:
    for days in (0, 4):
        day = TODAY + timedelta(days=days)
        await FrequencyCaps(redis).admit_small(APP, [SmallPush(f"s{days}", 0, 5, ((NEWS, day),))])
    assert await redis.smembers("{shop:0}:caps") == {f"news:{TODAY + timedelta(days=4)}".encode()}


async def test_a_round_that_is_repeated_after_a_cap_was_removed_gets_the_same_answer(redis: Redis) -> None:
    caps, vendor = FrequencyCaps(redis), Cap("", 1, "huawei")
    both = (NEWS, TODAY), (vendor, TODAY)
    await caps.admit_small(APP, [SmallPush("first", 0, 5, both)])
    refused = SmallPush("second", 0, 5, both)
    assert await caps.admit_small(APP, [refused]) == {refused: vendor}
    for left in (both[1:], both[:1]):
        again = refused._replace(caps=left)
        assert await caps.admit_small(APP, [again]) == {again: left[0][0]}


SLOTS = [0, 1, 7, 8, 1024, 65_535, 65_536, 131_080]
_messages = st.lists(
    st.tuples(
        st.sets(st.sampled_from(SLOTS)),
        st.sampled_from(["large", "small", "again"]),
    ),
    max_size=30,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 15), messages=_messages)
async def test_counts_are_those_of_a_plain_model(
    redis: Redis, limit: int, messages: list[tuple[set[int], str]]
) -> None:
    await redis.flushdb()
    caps, had, cap = FrequencyCaps(redis), Counter[int](), Cap("news", limit)
    for number, (wanted, kind) in enumerate(messages):
        expected = {slot for slot in wanted if had[slot] >= limit}
        for _ in range(2 if kind == "again" else 1):
            if kind == "small":
                pushes = [SmallPush(f"s{number}", 0, slot, ((cap, TODAY),)) for slot in wanted]
                found = {push.slot for push in await caps.admit_small(APP, pushes)}
                assert found == {push.slot for push in await caps.admit_small(APP, pushes)}
            else:
                found = await over(caps, number, wanted, cap)
            assert found == expected
        had.update(wanted - expected)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(accepted=st.integers(0, 255), rejected=st.integers(0, 255), earlier=st.integers(0, 7))
async def test_places_of_pushes_that_never_went_are_given_back_once(
    redis: Redis, stores: Stores, accepted: int, rejected: int, earlier: int
) -> None:
    caps, cap = stores.frequency_caps, Cap("news", 8)
    keys = [key async for key in redis.scan_iter("{shop:0}:cap*")] + [
        key async for key in redis.scan_iter("{shop:0}:m:*")
    ]
    if keys:
        await redis.delete(*keys)
    for message in range(earlier):
        await over(caps, f"earlier-{message}", set(range(8)), cap)
    shard = message_shard("m")
    await caps.admit(shard, cap, TODAY, {0: 255})
    assert await stores.plans.write(shard, [Planned(BLOCKS[0], 255)])
    taken = await stores.leases.take(shard, "w", LEASE, BLOCKS[:1])
    assert taken.pending
    moves = [
        Move(BLOCKS[0], accepted, State.ACCEPTED),
        Move(BLOCKS[0], rejected & ~accepted, State.REJECTED),
    ]
    await stores.outcomes.record(shard, "w", LEASE, BLOCKS[:1], [move for move in moves if move.bits])
    unused = 8 - accepted.bit_count()
    assert await caps.give_back(APP, shard.message_id) == unused
    assert await caps.give_back(APP, shard.message_id) == 0
    for number in range(8 - earlier):
        pushes = [SmallPush(f"s{number}", 0, slot, ((cap, TODAY),)) for slot in range(8)]
        full = {push.slot for push in await caps.admit_small(APP, pushes)}
    assert full == {slot for slot in range(8) if accepted >> slot & 1}, "the others have one place more"


async def test_a_push_that_may_have_gone_keeps_its_place(stores: Stores) -> None:
    """A worker dies between the mark of a push that is sent at most once and its answer."""
    caps, shard = stores.frequency_caps, message_shard("m")
    await caps.admit(shard, NEWS, TODAY, {0: 0b11})
    assert await stores.plans.write(shard, [Planned(BLOCKS[0], 0b11)])
    await stores.leases.take(shard, "w", LEASE, BLOCKS[:1])
    await stores.outcomes.record(shard, "w", LEASE, BLOCKS[:1], [reserve(0b01)])
    await stores.pending.end(APP, shard.message_id, shard.keep_until, State.EXPIRED)
    assert await caps.give_back(APP, shard.message_id) == 1
    assert await over(caps, "next", {0, 1}, Cap("news", 1)) == {0}
