"""Changes of the slots of one bundle, collected by kind until they are recorded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from pushgate.bundles.bundle_values import Change, Verb
from pushgate.bundles.store import Bundles
from pushgate.bundles.values import Home
from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import State
from pushgate.ledger.values import Failure
from pushgate.worker.flush_loop import FlushLoop

_STATES = {
    Verb.ACCEPTED: State.ACCEPTED,
    Verb.INVALID: State.INVALID,
    Verb.REJECTED: State.REJECTED,
    Verb.EXPIRED: State.EXPIRED,
    Verb.FORGOTTEN: State.CANCELLED,
}
"""Verbs that bring slots to a final state. Unconfirmed ends slots that were reserved."""


class Kind(NamedTuple):
    """What slots that are recorded together have in common.

    `due_s` is when they are to be sent again, in s since the epoch. `was_reserved` says that they
    are sent at most once.
    """

    verb: Verb
    failure: Failure | None = None
    due_s: int = 0
    was_reserved: bool = False


class BundleLease(NamedTuple):
    """The lease of one run on a bundle. Without renewal it lasts for `duration`. `digest` is that
    of the `TakenBundle`.
    """

    home: Home
    bundle: int
    holder: str
    duration: timedelta
    digest: str


class ChangeBuffer(FlushLoop):
    """Records changes of the slots of one bundle. The last record gives the lease up."""

    def __init__(self, bundles: Bundles, lease: BundleLease, flush_interval: timedelta) -> None:
        super().__init__(lease.duration, flush_interval)
        self._bundles = bundles
        self._lease = lease
        self._unrecorded: dict[Kind, list[int]] = {}
        self._gives_up = False
        self.touched: set[int] = set()
        """Slots with a change that was recorded, or is to be recorded."""
        self.state_counts: Counter[State] = Counter()
        """How many slots came to each final state so far."""

    def add(self, kind: Kind, slots: Sequence[int]) -> None:
        """Record this change with the next flush."""
        self.touched.update(slots)
        found = self._unrecorded.get(kind)
        if found is None:
            self._unrecorded[kind] = list(slots)
        else:
            found.extend(slots)
        self._note()

    async def reserve(self, slots: Sequence[int]) -> tuple[Sequence[int], bool]:
        """Record at once that these slots are about to be sent.

        Returns the reserved slots, and whether the record outlives its server; if not, none of them
        may be sent. Raises EngineUnavailable: then none may be sent, either.
        """
        if self.must_stop:
            return (), True
        expected = await self._bundles.expect(self._lease[0])
        async with self._lock:
            (reserved,) = await self._record({Kind(Verb.RESERVE): slots}, self._lease.duration)
        if self.lease_lost:
            return (), True
        return reserved, expected is None or await expected.is_met()

    async def _finish(self) -> None:
        """Record the rest, and give the lease up."""
        self._gives_up = True
        await self.flush()

    async def _record_unrecorded(self) -> None:
        batch, started_at = self._unrecorded, self._loop.time()
        self._unrecorded = {}
        try:
            await self._record(batch, None if self._gives_up else self._lease.duration)
        except BaseException:
            # A record that was cut off is repeated. That is harmless, because each answer of a
            # vendor counts once.
            for kind, slots in self._unrecorded.items():
                batch.setdefault(kind, []).extend(slots)
            self._unrecorded = batch
            raise
        self._unrecorded_since = started_at if self._unrecorded else None

    async def _record(
        self, batch: Mapping[Kind, Sequence[int]], lease: timedelta | None
    ) -> Sequence[Sequence[int]]:
        changes = [
            Change(kind.verb, slots, kind.failure, from_ms(kind.due_s * 1000) if kind.due_s else None)
            for kind, slots in batch.items()
        ]
        home, bundle, holder, _, digest = self._lease
        recorded = await self._bundles.record(home, bundle, holder, lease, changes, digest)
        self.lease_lost = self.lease_lost or not recorded.held
        for kind, changed in zip(batch, recorded.changed, strict=True):
            ended = kind.was_reserved and kind.verb is Verb.UNCONFIRMED
            state = State.REJECTED if ended else _STATES.get(kind.verb)
            if state:
                self.state_counts[state] += len(changed)
        return recorded.changed
