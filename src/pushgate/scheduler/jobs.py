"""Blocks of a message and bundles become jobs. Does no I/O."""

from collections.abc import Iterator, Sequence

from msgspec import UNSET

from pushgate.bundles.values import RANKS, Home
from pushgate.dispatch.job import BlockJob, BundleJob
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Envelope, Priority
from pushgate.grouping.selection import cut_into_jobs
from pushgate.ledger.values import Block

MAX_URGENT_BLOCKS = 64
"""A message of high priority to more blocks of a shard than this is a broadcast: its jobs come
before others, but do not use the connections that are reserved for urgent jobs.
"""

_PRIORITIES = {rank: priority for priority, rank in RANKS.items()}


def bundle_job(home: Home, number: int, vendor: str, rank: int, expires_s: int, due_s: int = 0) -> BundleJob:
    """The job of a bundle. Its first push expires at `expires_s`. Pushes of the bundle waited until
    `due_s`, 0 where none waited. Both are in s since the epoch.

    The same pushes of a bundle make an equal job, so that it waits only once in the backlog.
    """
    return BundleJob(
        app=home.app.name,
        shard=home.shard,
        bundle=number,
        vendor=vendor,
        priority=_PRIORITIES[rank],
        expires_at_ms=expires_s * 1000,
        due_s=due_s or UNSET,
    )


def jobs_for(message: Envelope, shard: int, blocks: Sequence[Block]) -> Iterator[BlockJob]:
    """The jobs that send these blocks of a shard.

    Only these blocks decide whether the jobs are urgent, so recovery may make the rest of a
    broadcast urgent.
    """
    urgent = message.priority is Priority.HIGH and len(blocks) <= MAX_URGENT_BLOCKS
    by_group: dict[str, list[Block]] = {}
    for block in blocks:
        by_group.setdefault(block.group.key, []).append(block)
    for group_blocks in by_group.values():
        for numbers in cut_into_jobs(block.number for block in group_blocks):
            yield BlockJob(
                app=message.app,
                message_id=message.id,
                group=group_blocks[0].group,
                shard=shard,
                blocks=numbers,
                priority=message.priority,
                urgent=urgent,
                resend=message.resend.count if message.resend else 0,
                expires_at_ms=to_ms(message.expires_at),
            )
