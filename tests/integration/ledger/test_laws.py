"""The law of accounting: at every moment each targeted terminal is in exactly one state, and
counters are bits. test_state_machine.py searches for orders of commands that break any law.
"""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.support.accounting import APP, GROUP, assert_law
from tests.support.clock import SetClock
from tests.support.ledger import BLOCKS, GONE, LEASE, message_shard, release, reserve, settle

from pushgate.domain.outcome import ReceiptKind, SlotRef, State
from pushgate.ledger.values import Block, Move, Planned
from pushgate.stores import Stores

small = st.integers(0, 0b11111111)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.integers(0, 1), st.lists(small, min_size=3, max_size=3)),
        st.tuples(
            st.just("record"),
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
        st.tuples(st.just("reserve"), st.integers(0, 1), st.tuples(st.sampled_from(BLOCKS), small)),
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
            st.just("receipt"),
            st.integers(0, 1),
            st.tuples(st.sampled_from([ReceiptKind.CLICKED, ReceiptKind.DELIVERED]), st.integers(0, 8)),
        ),
    ),
    max_size=15,
)
_runs = iter(range(10**9))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_the_law_of_accounting_holds_after_every_step(
    redis: Redis, clock: SetClock, steps: list[tuple[str, int, object]]
) -> None:
    stores = Stores.open(redis, clock, timedelta(days=30))
    shards = [message_shard(clock, f"law{next(_runs)}", 0)]
    shards.append(message_shard(clock, shards[0].message_id, 1))
    for kind, number, argument in steps:
        shard = shards[number]
        match kind, argument:
            case "plan", list(bits):
                await stores.plans.write(
                    shard, [Planned(b, n) for b, n in zip(BLOCKS, bits, strict=True) if n]
                )
            case "record", list(moves):
                await stores.outcomes.record(
                    shard, "w", LEASE, [], [Move(b, n, to, GONE) for b, n, to in moves]
                )
            case "reserve", (Block() as block, int(bits)):
                await redis.set(f"{shard.key}:lease:{block.number}", "w")
                await stores.outcomes.record(shard, "w", LEASE, [], [reserve(bits, block)])
            case "answer", (Block() as block, int(bits), State() as to):
                move = release(bits, block) if to is State.PENDING else settle(bits, to, block)
                await stores.outcomes.record(shard, "w", LEASE, [], [move])
            case "end", State() as state:
                await stores.pending.end(APP, shard.message_id, shard.keep_until, state)
            case "receipt", (ReceiptKind() as receipt, int(slot)):
                slot_refs = [[SlotRef(number, GROUP, slot)]]
                await stores.results.record_receipts(
                    receipt, APP, shard.message_id, slot_refs, shard.keep_until
                )
        await assert_law(redis, stores.results, shards)
