"""The promise of accounting: at every moment each targeted terminal is in exactly one state, and
counters are bits.
"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.accounting import APP, GROUP, assert_law
from tests.support.clock import SetClock

from pushgate.domain import bitmaps
from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, Failure, MessageShard, Move, MoveKind, Planned
from pushgate.stores import Stores

BLOCKS = (Block(GROUP, 0), Block(GROUP, 1), Block(Group("fcm", "ja"), 0))
LEASE = timedelta(seconds=15)
GONE = Failure("apns", "Unregistered", "gone")
UNANSWERED = Failure("apns", "unanswered", "no answer")


@pytest.fixture
def stores(redis: Redis, clock: SetClock) -> Stores:
    return Stores.open(redis, clock, timedelta(days=30))


def withhold(bits: int, block: Block = BLOCKS[0]) -> Move:
    return Move(block, bits, State.REJECTED, UNANSWERED, kind=MoveKind.RESERVE)


def restore(bits: int, block: Block = BLOCKS[0]) -> Move:
    return Move(block, bits, State.PENDING, None, State.REJECTED, MoveKind.RELEASE)


def answered(bits: int, to: State, block: Block = BLOCKS[0]) -> Move:
    return Move(block, bits, to, None, State.REJECTED)


def scope(clock: SetClock, message_id: str = "m1", shard: int = 0) -> MessageShard:
    return MessageShard(APP, shard, message_id, clock.now() + timedelta(days=31))


async def test_a_plan_is_written_once(stores: Stores, redis: Redis, clock: SetClock) -> None:
    where = scope(clock)
    assert await stores.plans.write(where, [Planned(BLOCKS[0], 0b111)])
    await stores.outcomes.record(where, "w", LEASE, [], [Move(BLOCKS[0], 0b1, State.ACCEPTED)])
    assert not await stores.plans.write(where, [Planned(BLOCKS[0], 0b111)])
    report = await stores.results.report(APP, "m1")
    assert (report.targeted, report.states["pending"], report.states["accepted"]) == (3, 2, 1)
    await assert_law(redis, stores.results, [where])


async def test_what_cannot_be_sent_is_planned_as_it_ended(stores: Stores, clock: SetClock) -> None:
    refused = Failure("fcm", "vendor_not_configured", "no settings")
    await stores.plans.write(
        scope(clock), [Planned(BLOCKS[0], 0b11), Planned(BLOCKS[2], 0b1, State.REJECTED, refused)]
    )
    report = await stores.results.report(APP, "m1")
    assert (report.states["pending"], report.states["rejected"]) == (2, 1)
    assert [(item.vendor, item.code, item.count) for item in report.failures] == [
        ("fcm", "vendor_not_configured", 1)
    ]


async def test_only_one_worker_holds_a_block(stores: Stores, clock: SetClock) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b101), Planned(BLOCKS[1], 0b1)])
    first = await stores.leases.take(where, "first", LEASE, [BLOCKS[0]])
    assert first.pending == {BLOCKS[0]: 0b101}
    second = await stores.leases.take(where, "second", LEASE, [BLOCKS[0], BLOCKS[1]])
    assert second.pending == {BLOCKS[1]: 0b1}
    assert timedelta(0) < second.held[BLOCKS[0]] <= LEASE
    await stores.leases.release(where, "first", [BLOCKS[0]])
    assert (await stores.leases.take(where, "second", LEASE, [BLOCKS[0]])).pending == {BLOCKS[0]: 0b101}


async def test_a_worker_that_lost_its_block_is_told(stores: Stores, redis: Redis, clock: SetClock) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b1)])
    await stores.leases.take(where, "slow", LEASE, [BLOCKS[0]])
    await redis.delete(f"{where.key}:lease:{BLOCKS[0].field}")  # as if it had run out
    assert (await stores.leases.take(where, "next", LEASE, [BLOCKS[0]])).pending
    assert (await stores.outcomes.record(where, "slow", LEASE, [BLOCKS[0]], [])).lost == 1
    assert (await stores.outcomes.record(where, "next", LEASE, [BLOCKS[0]], [])).lost == 0


async def test_nothing_pending_is_nothing_taken(stores: Stores, clock: SetClock) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b1)])
    await stores.outcomes.record(where, "w", LEASE, [], [Move(BLOCKS[0], 0b1, State.ACCEPTED)])
    taken = await stores.leases.take(where, "w", LEASE, [BLOCKS[0], BLOCKS[1]])
    assert (taken.pending, taken.held, taken.ended) == ({}, {}, None)


async def test_recording_twice_counts_once(stores: Stores, redis: Redis, clock: SetClock) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b1111)])
    moves = [Move(BLOCKS[0], 0b0011, State.ACCEPTED), Move(BLOCKS[0], 0b0100, State.INVALID, GONE)]
    assert list((await stores.outcomes.record(where, "w", LEASE, [], moves)).moved) == [0b11, 0b100]
    assert list((await stores.outcomes.record(where, "w", LEASE, [], moves)).moved) == [0, 0]
    report = await stores.results.report(APP, "m1")
    assert (report.states["accepted"], report.states["invalid"], report.failures[0].count) == (2, 1, 1)
    await assert_law(redis, stores.results, [where])


async def test_cancelling_ends_what_is_pending_and_nothing_else(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b1111)])
    await stores.outcomes.record(where, "w", LEASE, [], [Move(BLOCKS[0], 0b1, State.ACCEPTED)])
    assert await stores.pending.end(APP, "m1", where.keep_until, State.CANCELLED) == 3
    assert await stores.pending.end(APP, "m1", where.keep_until, State.CANCELLED) == 0
    assert (await stores.leases.take(where, "w", LEASE, [BLOCKS[0]])).ended is State.CANCELLED
    assert (await stores.results.report(APP, "m1")).states["cancelled"] == 3
    await assert_law(redis, stores.results, [where])


async def test_a_shard_cancelled_before_it_was_planned_stays_empty(stores: Stores, clock: SetClock) -> None:
    where = scope(clock)
    await stores.pending.end(APP, "m1", where.keep_until, State.CANCELLED)
    assert not await stores.plans.write(where, [Planned(BLOCKS[0], 0b1)])
    assert (await stores.results.report(APP, "m1")).targeted == 0


async def test_an_answer_that_comes_after_cancelling_is_the_truth(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b111)])
    await stores.pending.end(APP, "m1", where.keep_until, State.EXPIRED)
    flushed = await stores.outcomes.record(
        where, "w", LEASE, [BLOCKS[0]], [Move(BLOCKS[0], 0b001, State.ACCEPTED)]
    )
    assert (flushed.ended, list(flushed.moved)) == (State.EXPIRED, [0b1])
    report = await stores.results.report(APP, "m1")
    assert (report.states["accepted"], report.states["expired"]) == (1, 2)
    await assert_law(redis, stores.results, [where])


async def test_at_most_once_counts_a_send_as_unanswered_until_it_is_answered(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b111)])
    await stores.leases.take(where, "w", LEASE, [BLOCKS[0]])
    await stores.outcomes.record(where, "w", LEASE, [], [withhold(0b111)])
    assert (await stores.results.report(APP, "m1")).failures[0].count == 3
    assert await stores.results.open_count(APP, "m1") == 3
    await stores.outcomes.record(where, "w", LEASE, [], [answered(0b001, State.ACCEPTED), restore(0b010)])
    report = await stores.results.report(APP, "m1")
    assert {state: count for state, count in report.states.items() if count} == {
        "pending": 1,
        "accepted": 1,
        "rejected": 1,
    }
    assert [(item.code, item.count) for item in report.failures] == [("unanswered", 1)]
    assert await stores.results.open_count(APP, "m1") == 2, "one is pending, one is being sent"
    await stores.outcomes.record(
        where, "w", LEASE, [], [Move(BLOCKS[0], 0b100, State.REJECTED, origin=State.REJECTED)]
    )
    assert await stores.results.open_count(APP, "m1") == 1, "no answer will come for it"
    await assert_law(redis, stores.results, [where])


async def test_nothing_is_withheld_or_restored_without_the_lease(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    """A worker that was stopped for longer than its lease must not touch what another one is
    sending by now.
    """
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b1111)])
    await stores.leases.take(where, "slow", LEASE, [BLOCKS[0]])
    await redis.delete(f"{where.key}:lease:{BLOCKS[0].field}")  # as if it had run out
    await stores.leases.take(where, "next", LEASE, [BLOCKS[0]])
    assert list(
        (await stores.outcomes.record(where, "next", LEASE, [BLOCKS[0]], [withhold(0b1111)])).moved
    ) == [0b1111]
    late = await stores.outcomes.record(
        where, "slow", LEASE, [BLOCKS[0]], [withhold(0b1111), restore(0b1111)]
    )
    assert (list(late.moved), late.lost) == ([0, 0], 1)
    await stores.outcomes.record(where, "next", LEASE, [BLOCKS[0]], [answered(0b1111, State.ACCEPTED)])
    assert (await stores.results.report(APP, "m1")).states["accepted"] == 4
    await assert_law(redis, stores.results, [where])


async def test_a_lease_that_ran_out_is_lost_even_if_nobody_has_it_now(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b1)])
    await stores.leases.take(where, "slow", LEASE, [BLOCKS[0]])
    await redis.delete(f"{where.key}:lease:{BLOCKS[0].field}")
    assert (await stores.outcomes.record(where, "slow", LEASE, [BLOCKS[0]], [])).lost == 1
    assert not await redis.exists(f"{where.key}:lease:{BLOCKS[0].field}")


async def test_what_is_restored_after_cancelling_is_cancelled(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b11)])
    await stores.leases.take(where, "w", LEASE, [BLOCKS[0]])
    await stores.outcomes.record(where, "w", LEASE, [BLOCKS[0]], [withhold(0b11)])
    await stores.pending.end(APP, "m1", where.keep_until, State.CANCELLED)
    await stores.outcomes.record(where, "w", LEASE, [BLOCKS[0]], [restore(0b11)])
    assert {s: n for s, n in (await stores.results.report(APP, "m1")).states.items() if n} == {"cancelled": 2}
    assert await stores.results.open_count(APP, "m1") == 0
    await assert_law(redis, stores.results, [where])


async def test_what_a_dead_worker_withheld_stays_unanswered_and_ends_the_message(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b11)])
    await stores.leases.take(where, "dead", LEASE, [BLOCKS[0]])
    await stores.outcomes.record(where, "dead", LEASE, [BLOCKS[0]], [withhold(0b11)])
    clock.advance(100)
    assert await stores.pending.find_stuck(where, clock.now(), clock.now(), 10) == (2, []), (
        "its worker may still be at work"
    )
    await redis.delete(f"{where.key}:lease:{BLOCKS[0].field}")
    assert await stores.pending.find_stuck(where, clock.now(), clock.now(), 10) == (0, [])
    assert await stores.results.open_count(APP, "m1") == 0
    assert (await stores.results.report(APP, "m1")).failures[0].code == "unanswered"


async def test_a_job_too_many_does_not_cut_a_vendors_pause_short(stores: Stores, clock: SetClock) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b1)])
    await stores.leases.take(where, "w", LEASE, [BLOCKS[0]])
    await stores.leases.release(where, "w", [BLOCKS[0]], clock.now() + timedelta(seconds=30))
    early = await stores.leases.take(where, "copy", LEASE, [BLOCKS[0]])
    assert (early.pending, early.held) == ({}, {})
    clock.advance(30)
    assert (await stores.leases.take(where, "retry", LEASE, [BLOCKS[0]])).pending == {BLOCKS[0]: 0b1}


async def test_the_same_holder_does_not_get_a_block_twice(stores: Stores, clock: SetClock) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b1)])
    assert (await stores.leases.take(where, "w", LEASE, [BLOCKS[0]])).pending
    assert not (await stores.leases.take(where, "w", LEASE, [BLOCKS[0]])).pending


async def test_a_vendor_that_invents_codes_cannot_fill_the_memory(stores: Stores, clock: SetClock) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], (1 << 1024) - 1)])
    for start in range(0, 1024, 64):
        moves = [
            Move(BLOCKS[0], 1 << n, State.REJECTED, Failure("apns", f"code-{n}" * 50, "x" * 5000))
            for n in range(start, start + 64)
        ]
        await stores.outcomes.record(where, "w", LEASE, [], moves)
    failures = (await stores.results.report(APP, "m1")).failures
    assert len(failures) <= 501
    assert sum(item.count for item in failures) == 1024
    assert max(len(item.code) + len(item.reason) for item in failures) <= 264


async def test_blocks_that_nobody_will_send_are_found(stores: Stores, clock: SetClock) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(block, 0b1) for block in BLOCKS])
    planned_at = clock.now()
    await stores.leases.take(where, "busy", LEASE, [BLOCKS[0]])
    await stores.leases.take(where, "retrying", LEASE, [BLOCKS[1]])
    await stores.leases.release(where, "retrying", [BLOCKS[1]], planned_at + timedelta(seconds=100))
    assert await stores.pending.find_stuck(where, planned_at, planned_at, 10) == (3, [])
    clock.advance(60)
    after = clock.now()
    assert await stores.pending.find_stuck(where, after, after, 10) == (3, [BLOCKS[2]]), (
        "only it has neither lease nor retry"
    )
    assert await stores.pending.find_stuck(where, after, after, 10) == (3, []), "it counts as submitted now"
    assert await stores.pending.find_stuck(
        where, after + timedelta(1), after + timedelta(seconds=101), 10
    ) == (
        3,
        [BLOCKS[1], BLOCKS[2]],
    )


async def test_a_released_block_with_nothing_left_is_forgotten(
    stores: Stores, redis: Redis, clock: SetClock
) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b1)])
    await stores.leases.take(where, "w", LEASE, [BLOCKS[0]])
    await stores.outcomes.record(where, "w", LEASE, [BLOCKS[0]], [Move(BLOCKS[0], 0b1, State.ACCEPTED)])
    await stores.leases.release(where, "w", [BLOCKS[0]], clock.now())
    assert await redis.exists(f"{where.key}:waiting", f"{where.key}:lease:{BLOCKS[0].field}") == 0


async def test_receipts_count_each_targeted_terminal_once(stores: Stores, clock: SetClock) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b111)])
    reports = [
        [SlotRef(0, GROUP, 0)],
        [SlotRef(0, GROUP, 0)],
        [SlotRef(0, GROUP, 2)],
        [SlotRef(0, GROUP, 9)],
        [],
    ]
    known = await stores.results.record_receipts(ReceiptKind.CLICKED, APP, "m1", reports, where.keep_until)
    assert known == [1, 0, 1, -1, -1]
    known = await stores.results.record_receipts(ReceiptKind.CLICKED, APP, "m1", reports, where.keep_until)
    assert known == [0, 0, 0, -1, -1]
    assert await stores.results.record_receipts(
        ReceiptKind.DELIVERED, APP, "m1", reports[:1], where.keep_until
    ) == [1]
    report = await stores.results.report(APP, "m1")
    assert (report.clicked, report.delivered) == (2, 1)


@pytest.mark.parametrize(
    ("accepted", "delivered", "clicked", "received"),
    [
        pytest.param(0b1111, 0b0100, 0b1011, 4, id="one delivery reported, the other three clicked"),
        pytest.param(0b1111, 0b0111, 0b0111, 3, id="the same terminals reported both"),
        pytest.param(0b1111, 0b0011, 0b0110, 3, id="they overlap"),
        pytest.param(0b1111, 0b0000, 0b0001, 4, id="no deliveries are reported: acceptances count"),
        pytest.param(0b0000, 0b0000, 0b0011, 2, id="clicked, and no answer ever came"),
        pytest.param(0b0001, 0b0000, 0b0010, 2, id="one accepted, another one clicked"),
        pytest.param(0b0000, 0b0000, 0b0000, 0, id="nothing at all"),
    ],
)
async def test_who_clicked_has_received_and_counts_once(
    stores: Stores,
    redis: Redis,
    clock: SetClock,
    accepted: int,
    delivered: int,
    clicked: int,
    received: int,
) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b1111)])

    async def accept() -> None:
        await stores.outcomes.record(where, "w", LEASE, [], [Move(BLOCKS[0], accepted, State.ACCEPTED)])
        await assert_law(redis, stores.results, [where])

    async def report(receipt: ReceiptKind, bits: int) -> None:
        slot_refs = [[SlotRef(0, GROUP, slot)] for slot in bitmaps.offsets(bits)]
        await stores.results.record_receipts(receipt, APP, "m1", slot_refs, where.keep_until)
        await assert_law(redis, stores.results, [where])

    await report(
        ReceiptKind.CLICKED, clicked & 0b0101
    )  # a phone may report before the vendor's answer is recorded
    await accept()
    await report(ReceiptKind.DELIVERED, delivered)
    await report(ReceiptKind.CLICKED, clicked)
    found = await stores.results.report(APP, "m1")
    assert (found.received, found.clicked) == (received, clicked.bit_count())
    assert found.click_through_rate == (clicked.bit_count() / received if received else None)


async def test_a_terminal_that_moved_since_is_known_by_where_it_was(stores: Stores, clock: SetClock) -> None:
    await stores.plans.write(scope(clock, shard=1), [Planned(BLOCKS[0], 0b1)])
    moved = [[SlotRef(1, Group("apns", "ja"), 5), SlotRef(1, GROUP, 0)]]
    assert await stores.results.record_receipts(
        ReceiptKind.CLICKED, APP, "m1", moved, scope(clock).keep_until
    ) == [1]


async def test_everything_of_a_message_expires(stores: Stores, redis: Redis, clock: SetClock) -> None:
    where = scope(clock)
    await stores.plans.write(where, [Planned(BLOCKS[0], 0b111)])
    await stores.leases.take(where, "w", LEASE, [BLOCKS[0]])
    await stores.outcomes.record(where, "w", LEASE, [BLOCKS[0]], [Move(BLOCKS[0], 0b1, State.INVALID, GONE)])
    await stores.leases.release(where, "w", [BLOCKS[0]], clock.now())
    await stores.results.record_receipts(
        ReceiptKind.CLICKED, APP, "m1", [[SlotRef(0, GROUP, 1)]], where.keep_until
    )
    await stores.pending.end(APP, "m1", where.keep_until, State.CANCELLED)
    keys = [key async for key in redis.scan_iter()]
    assert keys
    for key in keys:
        assert await redis.pttl(key) > 0, key


small = st.integers(0, 0b11111111)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.integers(0, 1), st.lists(small, min_size=3, max_size=3)),
        st.tuples(
            st.just("flush"),
            st.integers(0, 1),
            st.lists(
                st.tuples(
                    st.sampled_from(BLOCKS),
                    small,
                    st.sampled_from([State.ACCEPTED, State.INVALID, State.REJECTED, State.CANCELLED]),
                ),
                max_size=3,
            ),
        ),
        st.tuples(st.just("withhold"), st.integers(0, 1), st.tuples(st.sampled_from(BLOCKS), small)),
        st.tuples(
            st.just("answer"),
            st.integers(0, 1),
            st.tuples(
                st.sampled_from(BLOCKS),
                small,
                st.sampled_from([State.ACCEPTED, State.INVALID, State.PENDING]),
            ),
        ),
        st.tuples(st.just("end"), st.just(0), st.sampled_from([State.CANCELLED, State.EXPIRED])),
        st.tuples(
            st.just("receive"),
            st.integers(0, 1),
            st.tuples(st.sampled_from([ReceiptKind.CLICKED, ReceiptKind.DELIVERED]), st.integers(0, 8)),
        ),
    ),
    max_size=15,
)
_runs = iter(range(10**9))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_the_law_holds_after_every_step_in_any_order(
    redis: Redis, clock: SetClock, steps: list[tuple[str, int, object]]
) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    scopes = [scope(clock, f"law{next(_runs)}", 0)]
    scopes.append(scope(clock, scopes[0].message_id, 1))
    for kind, shard, argument in steps:
        where = scopes[shard]
        match kind, argument:
            case "plan", list(bits):
                await stores.plans.write(
                    where, [Planned(b, n) for b, n in zip(BLOCKS, bits, strict=True) if n]
                )
            case "flush", list(moves):
                await stores.outcomes.record(
                    where, "w", LEASE, [], [Move(b, n, to, GONE) for b, n, to in moves]
                )
            case "withhold", (Block() as block, int(bits)):
                await redis.set(f"{where.key}:lease:{block.field}", "w")
                await stores.outcomes.record(where, "w", LEASE, [], [withhold(bits, block)])
            case "answer", (Block() as block, int(bits), State() as to):
                move = restore(bits, block) if to is State.PENDING else answered(bits, to, block)
                await stores.outcomes.record(where, "w", LEASE, [], [move])
            case "end", State() as state:
                await stores.pending.end(APP, where.message_id, where.keep_until, state)
            case "receive", (ReceiptKind() as receipt, int(slot)):
                slot_refs = [[SlotRef(shard, GROUP, slot)]]
                await stores.results.record_receipts(
                    receipt, APP, where.message_id, slot_refs, where.keep_until
                )
        await assert_law(redis, stores.results, scopes)
