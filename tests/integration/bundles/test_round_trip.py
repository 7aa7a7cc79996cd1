"""One small message on its whole way: stored, claimed, placed, taken, recorded, read."""

from datetime import timedelta

from redis.asyncio import Redis
from tests.support.bundles import LEASE, PATIENCE, SmallWorld, small
from tests.support.clock import SetClock

from pushgate.bundles.bundle_values import Change, TakenBundle, Verb
from pushgate.bundles.values import CellKind
from pushgate.domain.outcome import ReceiptKind, State
from pushgate.ledger.values import Failure


async def test_messages_are_stored_planned_sent_and_accounted_for(redis: Redis, clock: SetClock) -> None:
    world = SmallWorld(redis, clock)
    ids, _ = await world.put([small(f"n{number}", push_at=clock.now()) for number in range(40)])
    claimed = await world.claim()
    assert [len(segment.waiting) for segment in claimed] == [40]
    assert await world.claim() == []
    (bundle,) = await world.place(claimed)
    assert bundle.size == 40
    assert await world.place(claimed) == []
    assert await world.segments.waiting(world.home) == (0, 40)

    taken = await world.bundles.take(world.home, bundle.number, "w1", LEASE)
    assert isinstance(taken, TakenBundle)
    assert len(taken.due) == 40
    bodies = taken.bodies[0]
    assert bodies is not None
    assert bodies.message(7, ids[7], "shop").message.content["en"].body == "n7"
    assert await world.bundles.take(world.home, bundle.number, "w2", LEASE) == LEASE

    failure = Failure("fcm", "UNREGISTERED", "the token is dead")
    changes = [
        Change(Verb.ACCEPTED, range(10)),
        Change(Verb.INVALID, [10], failure),
        Change(Verb.TRIED, [11], Failure("fcm", "503", "busy"), clock.now() + timedelta(seconds=5)),
    ]
    recorded = await world.bundles.record(world.home, bundle.number, "w1", LEASE, changes)
    assert (recorded.held, recorded.open) == (True, 29)
    assert [len(changed) for changed in recorded.changed] == [10, 1, 1]
    rest = [Change(Verb.ACCEPTED, range(12, 40))]
    recorded = await world.bundles.record(world.home, bundle.number, "w1", None, rest)
    assert recorded.open == 1
    assert await world.bundles.take(world.home, bundle.number, "w2", LEASE) == timedelta(0)
    clock.advance(5)
    assert await world.bundles.look_after(world.home, PATIENCE, 10) != (0, [])
    again = await world.bundles.take(world.home, bundle.number, "w2", LEASE)
    assert isinstance(again, TakenBundle)
    assert [(slot.number, slot.attempts) for slot in again.due] == [(11, 1)]
    await world.bundles.record(world.home, bundle.number, "w2", None, [Change(Verb.ACCEPTED, [11])])
    assert await world.segments.waiting(world.home) == (0, 0)
    clock.advance(86400)
    assert await world.bundles.look_after(world.home, PATIENCE, 10) == (0, [])

    dead, late = await world.accounts.read(world.home.app, [ids[10], ids[11]])
    assert dead is not None
    assert late is not None
    assert dead.kind is CellKind.PLACED
    assert [(slot.state, slot.label) for slot in dead.slots] == [
        (State.INVALID, "fcm|invalid|UNREGISTERED|the token is dead")
    ]
    assert [(slot.state, slot.attempts) for slot in late.slots] == [(State.ACCEPTED, 2)]
    slot = late.slots[0]
    report = ids[11], [(5, 5), (slot.terminal_shard, slot.terminal_slot)]
    for expected in (1, 0):
        verdicts = await world.accounts.record_receipts(ReceiptKind.CLICKED, world.home.app, [report])
        assert verdicts == [expected]
    (late,) = await world.accounts.read(world.home.app, [ids[11]])
    assert late is not None
    assert list(late.slots[0].receipt_times) == [ReceiptKind.CLICKED]
