"""Targets terminals that were held because of quiet hours, once these have ended.

Each step may be repeated after a crash, harmlessly.
"""

from collections.abc import Sequence
from datetime import datetime

from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.message import Envelope
from pushgate.domain.outcome import State
from pushgate.domain.ranges import slots_of
from pushgate.domain.terminal import Group
from pushgate.grouping.assignment import Assigned
from pushgate.grouping.selection import Selection, registered_slots
from pushgate.ledger.values import Block, MessageShard
from pushgate.runtime import logs
from pushgate.scheduler.canary_jobs import canary_jobs, find_canary, is_spread, paced
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.jobs import jobs_for
from pushgate.scheduler.left_out import Judged, LeavingOut
from pushgate.scheduler.planned_rows import has_expired, planned_rows
from pushgate.scheduler.spreading import spread_blocks
from pushgate.stores import Stores

_log = logs.get("scheduler")


async def release_held(
    context: SchedulerContext, message: Envelope, configured: ConfiguredApp
) -> datetime | None:
    """Target the held terminals of a message whose quiet hours have ended, and submit their jobs.

    Returns when the next ones are due, None where none is held. Raises EngineUnavailable.
    """
    stores, now, app = context.stores, context.clock.now(), configured.app
    waiting = await stores.deferred_slots.waiting(app, message.id)
    is_over = now >= message.expires_at
    due = [shard for shard, one in waiting.items() if is_over or one.until <= now]
    times = [one.until for shard, one in waiting.items() if shard not in due]
    if due:
        # Bits of shards come before their pending slots.
        await stores.open_shards.open(app, message.id)
        leaving_out = await LeavingOut.begin(stores, context.clock, message, configured, due)
        for shard in due:
            until = await _release_shard(context, message, configured, shard, leaving_out)
            times += [until] if until else []
    return min(times, default=None)


async def _release_shard(
    context: SchedulerContext,
    message: Envelope,
    configured: ConfiguredApp,
    shard: int,
    leaving_out: LeavingOut,
) -> datetime | None:
    """Target the due slots of a shard; returns when the next ones are due."""
    stores, app = context.stores, configured.app
    scope = MessageShard(app, shard, message.id, stores.retention.keep_until(message))
    selection: dict[Group, dict[int, int]] = {}
    for block, bits in (await stores.deferred_slots.blocks(scope.key)).items():
        selection.setdefault(block.group, {})[block.number] = bits
    is_over, assigned = has_expired(message, context.clock.now()), Assigned(selection)
    if message.split:
        assigned = await stores.assignment.assign(app, shard, message.split, message.id, selection)
    # Terminals that are held out by now are not judged: else they would take places of a frequency
    # cap.
    judged = await judge_later(stores, scope, assigned.selection, leaving_out, sends=not is_over)
    rows = list(planned_rows(configured, assigned.selection, judged, is_over=is_over))
    await stores.deferred_slots.release(scope, rows, assigned.arms, judged.held_until)
    pending = list({row.block: None for row in rows if row.state is State.PENDING})
    await _submit(context, message, configured, shard, pending)
    _log.info(
        "held terminals targeted",
        action="released",
        app=message.app,
        message=message.id,
        shard=shard,
        terminals=sum(row.bits.bit_count() for row in rows),
    )
    return judged.held_until


async def _submit(
    context: SchedulerContext,
    message: Envelope,
    configured: ConfiguredApp,
    shard: int,
    blocks: Sequence[Block],
) -> None:
    canary = await find_canary(context.stores, message)
    if is_spread(message, canary):
        await spread_blocks(context, paced(message, canary), configured.app, shard, blocks)
    elif blocks:
        await context.job_limiter.submit(canary_jobs(jobs_for(message, shard, blocks), canary))


async def judge_later(
    stores: Stores,
    scope: MessageShard,
    selection: Selection,
    leaving_out: LeavingOut,
    *,
    sends: bool,
) -> Judged:
    """Judge slots of a shard that were selected a while ago, because they were held or waited for a
    winner. Returns which of them are left out or stay held. Raises EngineUnavailable.
    """
    terms, app, shard = stores.terms, scope.app, scope.shard
    held = registered_slots(selection)
    left: list[int] = []
    async for number, (moved,) in terms.slices(app, shard, sorted(held), ["moved"]):
        left += slots_of(number, held[number] & moved)
    now_at = await terms.follow(app, shard, left)
    return await leaving_out.among(scope, selection, sends=sends, now_at=now_at)
