"""Has pushes that wait for a vendor tried at once: retries, and pushes in bundles."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import datetime, timedelta

from pushgate.bundles.values import Home
from pushgate.dispatch.job import BlockJob, BundleJob, Job, UnreadableJob, decode
from pushgate.domain.app import App
from pushgate.ledger.values import MessageShard
from pushgate.stores import Stores

_AT_MOST = timedelta(seconds=5)
"""How long a request does this. The remaining pushes are tried when they are due."""


async def hasten(stores: Stores, app: App, vendor: str, now: datetime) -> None:
    """Have the app's waiting pushes to the vendor sent now instead of later.

    Raises EngineUnavailable.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + _AT_MOST.total_seconds()
    async with aclosing(_portions(stores, app, vendor, now)) as portions:
        async for _ in portions:
            if loop.time() > until:
                return


async def _portions(stores: Stores, app: App, vendor: str, now: datetime) -> AsyncGenerator[None, None]:
    """Do one portion after another."""
    async for rows in stores.retries.all():
        found = [(raw, job) for raw in rows if (job := _job_of(raw, app, vendor))]
        blocks = [job for _, job in found if isinstance(job, BlockJob)]
        await asyncio.gather(*(_hasten_blocks(stores, app, job, now) for job in blocks))
        await stores.retries.hasten([raw for raw, _ in found], now)
        yield
    for shard in range(app.shards):
        async for _ in stores.bundles.hasten(Home(app, shard), vendor):
            yield


async def _hasten_blocks(stores: Stores, app: App, job: BlockJob, now: datetime) -> None:
    await stores.leases.hasten(MessageShard(app, job.shard, job.message_id, now), job.blocks)


def _job_of(raw: bytes, app: App, vendor: str) -> Job | None:
    """The job of these bytes, if it is of the app and the vendor, and was put off.

    Jobs that were never put off wait for another reason: for their time where the message is
    spread, or for another worker's lease.
    """
    with suppress(UnreadableJob):
        job = decode(raw)
        was_put_off = isinstance(job, BundleJob) or job.postponements > 0
        if (job.app, job.vendor) == (app.name, vendor) and was_put_off:
            return job
    return None
