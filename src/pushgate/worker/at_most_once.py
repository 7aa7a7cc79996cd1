"""Keeps the promise to send at most once: slots count as sent and unanswered before they are
sent.
"""

from pushgate.domain.outcome import State
from pushgate.ledger.values import Block, Failure, Move, MoveKind
from pushgate.worker import failure_reasons
from pushgate.worker.outcome_buffer import OutcomeBuffer


class AtMostOnceGuard:
    """Reserves slots of one block before they are sent.

    A reserved slot counts as rejected, even if this process dies.
    """

    def __init__(self, block: Block, outcomes: OutcomeBuffer) -> None:
        self._block = block
        self._outcomes = outcomes
        self._reserved = 0

    async def reserve(self, bits: int) -> tuple[int, bool]:
        """Reserve these slots. Returns the reserved slots, and whether they may be sent now: with
        `redis.wait_replicas`, only if replicas confirmed the reservation.

        Raises EngineUnavailable: then none may be sent.
        """
        move = Move(
            self._block,
            bits,
            State.REJECTED,
            failure_reasons.unanswered(self._block.group.vendor),
            kind=MoveKind.RESERVE,
        )
        self._reserved, is_safe = await self._outcomes.reserve(move)
        return self._reserved, is_safe

    def settle(self, bits: int, to: State, failure: Failure | None) -> None:
        """Record the vendor's answer for these slots."""
        self._reserved &= ~bits
        self._outcomes.add(Move(self._block, bits, to, failure=failure, origin=State.REJECTED))

    def mark_unconfirmed(self, bits: int, cause: str | None = None) -> None:
        """Keep these slots rejected: no answer will come for them.

        `cause` says what is known of the reason.
        """
        self._reserved &= ~bits
        failure = failure_reasons.unanswered(self._block.group.vendor, cause) if cause else None
        self._outcomes.add(Move(self._block, bits, State.REJECTED, failure=failure, origin=State.REJECTED))
        self._outcomes.add(Move(self._block, bits, State.REJECTED, kind=MoveKind.UNCONFIRMED))

    def mark_rest_unconfirmed(self) -> None:
        """Keep all slots rejected that are still reserved: no answer will come for them."""
        if self._reserved:
            self.mark_unconfirmed(self._reserved)

    def release_rest(self) -> None:
        """Return the reserved slots to pending: the vendor did not accept them."""
        if self._reserved:
            move = Move(
                self._block,
                self._reserved,
                State.PENDING,
                failure=None,
                origin=State.REJECTED,
                kind=MoveKind.RELEASE,
            )
            self._outcomes.add(move)
            self._reserved = 0
