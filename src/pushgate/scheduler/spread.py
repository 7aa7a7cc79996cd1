"""Turns the blocks of a message into jobs that are due one after another, evenly over a time. Does
no I/O.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from pushgate.dispatch.job import BlockJob, Share
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Envelope
from pushgate.grouping.selection import BLOCKS_PER_JOB
from pushgate.ledger.values import Block
from pushgate.scheduler.jobs import jobs_for

MIN_STEPS = 60
"""A message is sent in at least about this many steps, however few blocks it is for."""
_MIN_STEP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class DueJob:
    """A job and the instant at which it is to be submitted."""

    job: BlockJob
    due_at: datetime


def spread_jobs(
    message: Envelope, shard: int, shards: int, blocks: Sequence[Block], targeted: int, now: datetime
) -> list[DueJob]:
    """The jobs that send these blocks, of `targeted` blocks of the shard, from now on.

    The jobs are due at the message's pace: all blocks of the shard take the whole time, and some
    blocks take a proportional part of it. That ends when the message expires at the latest. The
    order is shuffled, because neighbouring blocks were registered at one time. Few blocks are sent
    in shares.
    """
    if not blocks or message.spread is None:
        return []
    window = message.spread * min(1.0, len(blocks) / max(1, targeted))
    window = max(timedelta(0), min(window, message.expires_at - now))
    wanted = _steps(shards)
    jobs = _shuffled(message, shard, blocks, one_by_one=targeted < BLOCKS_PER_JOB * wanted)
    shares = _shares(len(jobs), math.ceil(wanted * len(blocks) / max(1, targeted)), window)
    found: list[DueJob] = []
    for place, job in enumerate(jobs):
        due_at = now + window * (place + shard / shards) / (len(jobs) * shares)
        if shares > 1:
            step_ms = window // shares // timedelta(milliseconds=1)
            job = replace(job, share=Share(shares, step_ms, to_ms(due_at)))  # noqa: PLW2901
        found.append(DueJob(job, due_at))
    return found


def is_in_shares(targeted: int, shards: int) -> bool:
    """Whether blocks are sent in shares: the shard has few of them."""
    return targeted < _steps(shards)


def _steps(shards: int) -> int:
    """The least number of steps of a shard."""
    return math.ceil(MIN_STEPS / shards)


def _shares(jobs: int, wanted: int, window: timedelta) -> int:
    """In how many shares each of these jobs is sent to come to the wanted number of steps."""
    return max(1, min(math.ceil(wanted / jobs), window // _MIN_STEP))


def _shuffled(message: Envelope, shard: int, blocks: Sequence[Block], *, one_by_one: bool) -> list[BlockJob]:
    """The jobs in an order of their own for each message."""
    if one_by_one:
        jobs = [job for block in blocks for job in jobs_for(message, shard, [block])]
    else:
        jobs = list(jobs_for(message, shard, blocks))

    def place(job: BlockJob) -> bytes:
        text = f"{message.id} {shard} {job.group.key} {job.blocks[0]}"
        return hashlib.blake2b(text.encode(), digest_size=8).digest()

    return sorted((replace(job, urgent=False) for job in jobs), key=place)
