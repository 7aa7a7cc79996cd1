"""A buffer of changes over bundles in memory: what a worker records, without Redis."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from pushgate.bundles.bundle_values import Change, RecordedChanges
from pushgate.bundles.values import Home
from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.worker.change_buffer import BundleLease, ChangeBuffer

HOME = Home(App("shop"), 0)


class MemoryBundles:
    """Takes every change as it comes, and counts a slot once. It may be unreachable, slow to
    answer, or say that the lease is lost.
    """

    def __init__(self) -> None:
        self.reachable = True
        self.held = True
        self.changes: list[Change] = []
        self.leases: list[timedelta | None] = []
        self.seconds = 0.0
        """How long an answer takes."""
        self._changed: set[int] = set()

    async def expect(self, _home: Home) -> None:
        """Replicas confirm nothing here."""

    async def record(
        self,
        home: Home,
        bundle: int,
        holder: str,
        lease: timedelta | None,
        changes: Sequence[Change],
        digest: str = "",
    ) -> RecordedChanges:
        if not self.reachable:
            raise EngineUnavailable
        self.changes += changes
        self.leases.append(lease)
        changed = [[slot for slot in change.slots if slot not in self._changed] for change in changes]
        self._changed.update(*changed)
        await asyncio.sleep(self.seconds)
        return RecordedChanges(self.held, 0, changed)


def changes_over(bundles: MemoryBundles, duration: timedelta = timedelta(seconds=15)) -> ChangeBuffer:
    """A buffer that flushes every 10 ms."""
    lease = BundleLease(HOME, 1, "worker", duration, "")
    return ChangeBuffer(bundles, lease, timedelta(milliseconds=10))  # type: ignore[arg-type]  # it has the one verb that a buffer uses
