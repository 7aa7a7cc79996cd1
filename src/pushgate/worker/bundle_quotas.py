"""The shares of a vendor's daily quotas that a run of one bundle has reserved."""

import random
from collections.abc import Sequence
from contextlib import suppress

from pushgate.apps.catalog import ConfiguredVendor
from pushgate.bundles.bundle_values import BundleSlot, TakenBundle, Verb
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.outcome import Outcome
from pushgate.domain.push_class import next_vendor_day
from pushgate.quotas.quota import Quota
from pushgate.worker import failure_reasons
from pushgate.worker.backoff import LAST_QUOTA_POLL, LONGEST_JITTER, MAX_QUOTA_POLLS, quota_delay
from pushgate.worker.bundle_dues import due_s
from pushgate.worker.change_buffer import BundleLease, ChangeBuffer, Kind
from pushgate.worker.context import WorkerContext
from pushgate.worker.quota_use import QuotaUse


class BundleQuotas:
    """The shares of one run, a share for each quota in which pushes of the bundle count.

    No later run takes over a reservation: everything that a lost run had reserved counts as used.
    """

    def __init__(
        self, context: WorkerContext, taken: TakenBundle, lease: BundleLease, configured: ConfiguredVendor
    ) -> None:
        self._context = context
        self._taken = taken
        self._lease = lease
        self._configured = configured
        self._uses: list[QuotaUse] = []
        self._use_of: dict[int, QuotaUse] = {}
        """By number of the slot."""

    async def cut(self, due: Sequence[BundleSlot], changes: ChangeBuffer) -> Sequence[BundleSlot]:
        """Return the slots that may be sent now, and put the others off. Raises
        EngineUnavailable.
        """
        over = set[int]()
        for quota, own in self._by_quota(due).items():
            use = self._open(quota)
            self._uses.append(use)
            await use.take({self._lease.holder: len(own)})
            allowed = use.cut(self._lease.holder, len(own))
            self._use_of.update((slot.number, use) for slot in own[:allowed])
            over.update(slot.number for slot in own[allowed:])
        if not over:
            return due
        changes.add(self._put_off(), sorted(over))
        return [slot for slot in due if slot.number not in over]

    def note(self, slots: Sequence[int], outcome: Outcome) -> None:
        """Note the vendor's verdict on the pushes of these slots."""
        for slot in slots:
            if use := self._use_of.get(slot):
                use.note(self._lease.holder, outcome, 1)

    async def refuse(self) -> None:
        """Note that the vendor called a quota used up. Where the run has several quotas, nothing is
        noted: the vendor does not say which one it means. Raises EngineUnavailable.
        """
        if len(self._uses) == 1:
            await self._uses[0].refuse()

    async def settle(self, *, was_cut_off: bool) -> None:
        """Give back the unused pushes. If Redis is out of reach, all of them count as used."""
        with suppress(EngineUnavailable):
            for use in self._uses:
                await use.settle(was_cut_off=was_cut_off)

    def _by_quota(self, due: Sequence[BundleSlot]) -> dict[Quota, list[BundleSlot]]:
        found: dict[Quota, list[BundleSlot]] = {}
        for slot in due:
            options = self._taken.readable_bodies_of(slot).options(slot.send.index)
            if quota := self._configured.quota_of(self._lease.home.app.name, options):
                found.setdefault(quota, []).append(slot)
        return found

    def _open(self, quota: Quota) -> QuotaUse:
        claimant = f"{self._lease.home.shard}.{self._lease.bundle}"
        return QuotaUse(
            self._context.stores.quotas,
            quota,
            self._taken.priority,
            claimant,
            self._lease.holder,
            LAST_QUOTA_POLL + LONGEST_JITTER,
        )

    def _put_off(self) -> Kind:
        now = self._context.clock.now()
        draw = random.random()  # noqa: S311  # jitter, no secret
        delay = quota_delay(MAX_QUOTA_POLLS, next_vendor_day(now) - now, draw)
        failure = failure_reasons.over_quota(self._taken.vendor)
        return Kind(Verb.POSTPONED, failure, due_s(now, delay))
