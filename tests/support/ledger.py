"""Blocks, failures and moves for tests of the ledger."""

from datetime import timedelta

from tests.support.accounting import APP, GROUP
from tests.support.clock import SetClock

from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group
from pushgate.ledger.values import Block, Failure, MessageShard, Move, MoveKind

BLOCKS = (Block(GROUP, 0), Block(GROUP, 1), Block(Group("fcm", "ja"), 2))
LEASE = timedelta(seconds=15)
GONE = Failure("apns", "Unregistered", "gone")
UNANSWERED = Failure("apns", "unanswered", "no answer")


def message_shard(clock: SetClock, message_id: str = "m1", number: int = 0) -> MessageShard:
    """The message in one shard, kept for 31 days."""
    return MessageShard(APP, number, message_id, clock.now() + timedelta(days=31))


def reserve(bits: int, block: Block = BLOCKS[0]) -> Move:
    """Reserve slots that are about to be sent at most once."""
    return Move(block, bits, State.REJECTED, UNANSWERED, kind=MoveKind.RESERVE)


def release(bits: int, block: Block = BLOCKS[0]) -> Move:
    """Release reserved slots that were not sent."""
    return Move(block, bits, State.PENDING, origin=State.REJECTED, kind=MoveKind.RELEASE)


def settle(bits: int, to: State, block: Block = BLOCKS[0]) -> Move:
    """The answer to reserved slots."""
    return Move(block, bits, to, origin=State.REJECTED)
