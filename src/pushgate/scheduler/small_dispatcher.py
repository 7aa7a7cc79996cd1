"""Does the rounds of a home: claims and locates due small messages, places them in bundles, and
submits these.

Each step may be repeated after a crash, harmlessly: a claim lapses, and a message is placed once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pushgate.bundles.bodies import Target
from pushgate.bundles.plan import Round, WrittenBundle
from pushgate.bundles.segment_values import WaitingSegment
from pushgate.bundles.targets import locate_targets
from pushgate.bundles.values import MAX_BUNDLE, MAX_SEGMENT, CellKind, Home
from pushgate.dispatch.job import Job
from pushgate.domain.clock import from_ms, to_ms
from pushgate.domain.errors import EngineUnavailable
from pushgate.runtime import logs
from pushgate.scheduler.bundle_sends import BundleSends
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.device_limits import has_device_limits
from pushgate.scheduler.jobs import bundle_job
from pushgate.scheduler.left_out_small import Located, counts_pushes, judge_pushes

MAX_MESSAGES = 2 * MAX_SEGMENT
"""Messages of one round."""
MAX_SENDS = 2 * MAX_BUNDLE
"""Sends that one script places: every other client waits for a script to end."""
CLAIM_LEASE = timedelta(seconds=5)
"""A round takes milliseconds. If one takes longer than this, another scheduler places the messages;
whichever comes second places nothing."""
QUIET_PATIENCE = timedelta(seconds=2)
"""How soon a submitted bundle is checked if no job of its app waits in Gearman. Then a bundle
without a lease has lost its job.
"""
_log = logs.get("scheduler")


_Message = tuple[int, int, Target]
"""A claimed message: the number of its segment in the round, its index in the segment, and whom it
is for.
"""


class SmallDispatcher:
    """Does the rounds of all homes."""

    def __init__(self, context: SchedulerContext, resubmit_after: timedelta) -> None:
        """`resubmit_after` is how long a job waits in Gearman before it counts as lost."""
        self._context = context
        self._stores = context.stores
        self._resubmit_after = resubmit_after

    async def run_round(self, home: Home, *, urgent: bool) -> bool:
        """Dispatch messages of the home that are due; returns whether more are due.

        Raises EngineUnavailable; messages that were not placed are then due again when the claim
        lapses.
        """
        now = self._context.clock.now()
        claimed = await self._stores.segments.claim(home, now, CLAIM_LEASE, MAX_MESSAGES, urgent=urgent)
        if not claimed:
            return False
        submitted = await self._dispatch(home, claimed, now, urgent=urgent)
        self._report(home.app.name, claimed, now, submitted)
        # If fewer messages were claimed, there would have been room for a further segment.
        size = sum(len(found.bodies) if found.bodies else MAX_SEGMENT for found in claimed)
        return size > MAX_MESSAGES - MAX_SEGMENT

    async def _dispatch(
        self, home: Home, claimed: Sequence[WaitingSegment], now: datetime, *, urgent: bool
    ) -> int:
        """Place and submit claimed messages; returns how many bundles."""
        configured = await self._context.catalog.ensure(home.app.name)
        vendors = configured.vendors
        sends, messages = BundleSends(vendors, to_ms(now)), _messages(claimed)
        sends.without_place.update(dict.fromkeys(_unreadable(home, claimed), CellKind.NOBODY))
        targets = [target for _, _, target in messages]
        located = await locate_targets(self._stores.locations, home.app, targets)
        submitted, large, placed = 0, _becoming_large(home, claimed), list[Located]()
        is_limited, needs_ids = has_device_limits(configured), counts_pushes(configured)
        for (segment, index, target), slots in zip(messages, located, strict=True):
            if slots is None or target.is_broadcast:
                large.append(claimed[segment].message_id(home.shard, index))
                sends.without_place[segment, index] = CellKind.BECOMES_LARGE
            else:
                bodies = claimed[segment].bodies if is_limited and target.category else None
                options = bodies.options(index) if bodies else None
                message_id = claimed[segment].message_id(home.shard, index) if needs_ids else ""
                placed.append(Located(segment, index, message_id, target, slots, options))
        sends.judged = await judge_pushes(self._stores, configured, placed, now)
        for found in placed:
            if sends.count + len(found.slots) > MAX_SENDS:
                submitted += await self._place(home, claimed, sends, now, urgent=urgent)
                sends = BundleSends(vendors, to_ms(now), sends.judged)
            sends.add(found.segment, found.index, found.target, found.slots)
        submitted += await self._place(home, claimed, sends, now, urgent=urgent)
        if large:
            # Only now, because a message may be cancelled or changed in its home until it is marked
            # there.
            await self._stores.tracked.enlargement.finish(home.app, large)
        return submitted

    async def _place(
        self,
        home: Home,
        claimed: Sequence[WaitingSegment],
        sends: BundleSends,
        now: datetime,
        *,
        urgent: bool,
    ) -> int:
        """Write bundles and submit their jobs; returns how many."""
        is_quiet = self._context.job_limiter.is_quiet(home.app.name)
        look_at = now + (QUIET_PATIENCE if is_quiet else self._resubmit_after)
        first_expiry = from_ms(sends.first_expiry_ms)
        if sends.first_expiry_ms:
            look_at = min(look_at, first_expiry)
        written = await self._stores.bundle_planner.place(
            Round(
                home=home,
                claimed=claimed,
                urgent=urgent,
                sends=sends.sends,
                without_place=sends.without_place,
                clearing=sends.clearing,
                now=now,
                look_at=look_at,
                results_until=from_ms(sends.last_expiry_ms) + self._stores.retention.period,
            )
        )
        return await self._submit(home, written, first_expiry, now) if sends.first_expiry_ms else 0

    async def _submit(
        self, home: Home, written: Sequence[WrittenBundle], first_expiry: datetime, now: datetime
    ) -> int:
        """Submit the jobs of bundles; returns how many."""
        jobs: list[Job] = []
        for bundle in written:
            # The first pending send counts, also in a bundle with expired sends.
            expires_ms = to_ms(bundle.expires_at if bundle.expires_at > now else first_expiry)
            jobs.append(bundle_job(home, bundle.number, bundle.vendor, bundle.priority, expires_ms // 1000))
        try:
            await self._context.job_limiter.submit(jobs)
        except EngineUnavailable as error:
            # The bundles are written, so they are submitted when they are checked.
            _log.warning(
                "Gearman is out of reach",
                action="submit_failed",
                app=home.app.name,
                error=str(error),
                outage=True,
            )
            numbers = [bundle.number for bundle in written]
            await self._stores.bundles.look_soon(home, numbers, now + QUIET_PATIENCE)
        return len(jobs)

    def _report(self, app: str, claimed: Sequence[WaitingSegment], now: datetime, bundles: int) -> None:
        for found in claimed:
            if found.bodies:
                late = now - from_ms(found.bodies.push_at_ms)
                self._context.metrics.small_dispatched(app, late, len(found.waiting))
        self._context.metrics.bundles_submitted(app, bundles)


def _messages(claimed: Sequence[WaitingSegment]) -> list[_Message]:
    """The messages that wait."""
    return [
        (segment, index, found.bodies.target(index))
        for segment, found in enumerate(claimed)
        if found.bodies
        for index in found.waiting
    ]


def _becoming_large(home: Home, claimed: Sequence[WaitingSegment]) -> list[str]:
    """The ids of messages that an earlier round was to store as large ones."""
    return [found.message_id(home.shard, index) for found in claimed for index in found.becoming_large]


def _unreadable(home: Home, claimed: Sequence[WaitingSegment]) -> list[tuple[int, int]]:
    """Segment and index of messages that cannot be sent, because their bodies are gone."""
    unreadable: list[tuple[int, int]] = []
    for segment, found in enumerate(claimed):
        if found.bodies is None and found.waiting:
            _log.error(
                "messages without bodies are sent to nobody",
                action="bodies_lost",
                app=home.app.name,
                shard=home.shard,
                page=found.page,
                segment=found.number,
                messages=len(found.waiting),
            )
            unreadable += ((segment, index) for index in found.waiting)
    return unreadable
