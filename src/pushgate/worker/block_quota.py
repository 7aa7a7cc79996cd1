"""What a job of blocks may send of a vendor's daily quota."""

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
    """A job's share of one quota, by its blocks."""

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
        """The share of the quota that the message counts in, None where the app names none."""
        quota = configured.quota_of(job.app, message.options) if configured else None
        if quota is None:
            return None
        rank = RANKS[message.options.priority]
        return cls(QuotaUse(quotas, quota, rank, message.id, holder, PATIENCE), job, holder)

    @asynccontextmanager
    async def held(self, pending: Mapping[Block, int], summary: JobSummary) -> AsyncGenerator[None, None]:
        """Hold what the pending slots want, and settle it at the end. To be left before the lease
        ends: whoever takes the blocks next finds no reservation. Raises EngineUnavailable.
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
        """Those of the slots that may be sent now; they count as sent from then on."""
        return bitmaps.lowest(bits, self._use.cut(self._part(block), bits.bit_count()))

    def note(self, block: Block, outcome: Outcome, pushes: int) -> None:
        """The vendor's verdict on so many pushes of a block."""
        self._use.note(self._part(block), outcome, pushes)

    def _part(self, block: Block) -> str:
        """The name under which pushes of a block are reserved. Shares of one block are parts of
        their own: what one sent does not follow from what the next one has.
        """
        name = f"{self._job.message_id}:{self._job.shard}:{block.number}"
        return f"{name}:{self._holder}" if self._job.next_share else name
