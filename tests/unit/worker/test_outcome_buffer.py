"""What a worker does while its outcomes cannot be recorded."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.pending import Block, Flushed, MessageShard, Move, MoveKind
from pushgate.worker.outcome_buffer import OutcomeBuffer

BLOCK = Block(Group("apns", "en"), 0)
SCOPE = MessageShard(App("shop"), 0, "m", datetime(2030, 1, 1, tzinfo=UTC))
LEASE = timedelta(milliseconds=300)


class Store:
    """A store that may be out of reach."""

    def __init__(self) -> None:
        self.reachable = True
        self.recorded = 0

    async def flush(
        self, scope: MessageShard, holder: str, lease: timedelta, held: Sequence[Block], moves: Sequence[Move]
    ) -> Flushed:
        if not self.reachable:
            raise EngineUnavailable
        for move in moves:
            self.recorded |= move.bits
        return Flushed(0, 0, [move.bits for move in moves], None)


def recorder(store: Store) -> OutcomeBuffer:
    return OutcomeBuffer(store, SCOPE, "w", LEASE, timedelta(milliseconds=10), [BLOCK])  # type: ignore[arg-type]  # the one verb it uses


async def stopped(found: OutcomeBuffer) -> None:
    async with asyncio.timeout(5):
        while not found.stopped:  # noqa: ASYNC110  # time passing sets no event
            await asyncio.sleep(0.01)


async def test_nothing_more_is_sent_while_outcomes_cannot_be_recorded_and_none_is_lost() -> None:
    store = Store()
    async with recorder(store) as found:
        store.reachable = False
        found.add(Move(BLOCK, 0b1, State.ACCEPTED))
        assert not found.stopped, "an outage of a moment stops nothing"
        await stopped(found)
        assert found.behind
        store.reachable = True
    assert store.recorded == 0b1


async def test_what_is_recorded_in_time_stops_nothing() -> None:
    store = Store()
    async with recorder(store) as found:
        for n in range(30):
            found.add(Move(BLOCK, 1 << n, State.ACCEPTED))
            await asyncio.sleep(0.01)
        assert not found.stopped
    assert store.recorded == (1 << 30) - 1


async def test_while_outcomes_wait_none_is_withheld_for_a_send_that_will_not_be() -> None:
    store = Store()
    async with recorder(store) as found:
        store.reachable = False
        found.add(Move(BLOCK, 0b1, State.ACCEPTED))
        await stopped(found)
        store.reachable = True
        assert await found.withhold(Move(BLOCK, 0b10, State.REJECTED, kind=MoveKind.RESERVE)) == 0
    assert store.recorded == 0b1
