"""The share of a vendor's daily quota that a job of blocks has reserved."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from pushgate.apps.catalog import ConfiguredVendor
from pushgate.bundles.values import RANKS
from pushgate.dispatch.job import BlockJob
from pushgate.domain import bitmaps
from pushgate.domain.message import Message
from pushgate.domain.outcome import Outcome
from pushgate.ledger.values import Block
from pushgate.quotas.quota import PATIENCE
from pushgate.quotas.store import VendorQuotas
from pushgate.worker.job_summary import JobSummary
from pushgate.worker.quota_use import QuotaUse


class BlockQuota:
    """A job's share of one quota, by block."""

    def __init__(self, use: QuotaUse, job: BlockJob, holder: str) -> None:
        """`holder` is the run's name in the lease of its blocks."""
        self._use = use
        self._job = job
        self._holder = holder

    @classmethod
    def find(
        cls,
        quotas: VendorQuotas,
        job: BlockJob,
        message: Message,
        holder: str,
        configured: ConfiguredVendor | None,
    ) -> "BlockQuota | None":
        """Return the job's share of the quota in which the message counts, None where the app has
        no such quota.
        """
        quota = configured.quota_of(job.app, message.options) if configured else None
        if quota is None:
            return None
        rank = RANKS[message.options.priority]
        return cls(QuotaUse(quotas, quota, rank, message.id, holder, PATIENCE), job, holder)

    @asynccontextmanager
    async def held(self, pending: Mapping[Block, int], summary: JobSummary) -> AsyncGenerator[None, None]:
        """Reserve pushes for the pending slots, and settle the reservation at the end. Leave the
        context before the lease ends, so that the next worker on these blocks finds no reservation.
        Raises EngineUnavailable.
        """
        await self._use.take({self._part(block): bits.bit_count() for block, bits in pending.items()})
        was_cut_off = True
        try:
            yield
            if summary.quota_refused:
                await self._use.refuse()
            was_cut_off = False
        finally:
            await self._use.settle(was_cut_off=was_cut_off)

    def cut(self, block: Block, bits: int) -> int:
        """Return the slots that may be sent now. They count as sent from then on."""
        return bitmaps.lowest(bits, self._use.cut(self._part(block), bits.bit_count()))

    def note(self, block: Block, outcome: Outcome, pushes: int) -> None:
        """Note the vendor's verdict on this number of pushes of a block."""
        self._use.note(self._part(block), outcome, pushes)

    def _part(self, block: Block) -> str:
        """The name under which pushes of a block are reserved. Where a block is sent in shares,
        each share has its own name, because the size of the next share does not show how much this
        one sent.
        """
        name = f"{self._job.message_id}:{self._job.shard}:{block.number}"
        return f"{name}:{self._holder}" if self._job.next_share else name
