"""Does the hygiene of registries in the background, at a bounded pace. One scheduler at a time
works on a shard.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.hygiene.claims import Claim, HygieneClaims, Place
from pushgate.hygiene.progress import FAULTS, Change, Phase, Progress
from pushgate.runtime import logs
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.silent import AppsToRemoveFrom

TICK = timedelta(seconds=1)
_LEASE = timedelta(seconds=60)
"""How long a shard waits for another scheduler if the one that works on it dies."""
_log = logs.get("scheduler")


@dataclass(frozen=True, slots=True)
class HygienePace:
    """How many slots are looked at or moved in a second, and the pause between two passes over a
    shard.
    """

    slots_per_second: int
    interval: timedelta


@dataclass(slots=True)
class _Work:
    """The unfinished work on one shard, which goes on in the next tick."""

    claim: Claim
    steps: AsyncIterator[Progress]
    place: Place
    changes: Counter[Change]


class HygieneRounds:
    """Carries out phases on all shards, one shard at a time. Raises EngineUnavailable."""

    def __init__(
        self,
        *,
        name: str,
        context: SchedulerContext,
        claims: HygieneClaims,
        phases: Sequence[Phase],
        find_apps: Callable[[], Awaitable[Sequence[App]]],
        pace: HygienePace,
    ) -> None:
        """`name` is the name of the timer; `find_apps` returns the apps to work on."""
        self.name = name
        self._context = context
        self._claims = claims
        self._phases = phases
        self._find_apps = find_apps
        self._pace = pace
        self._work: _Work | None = None
        self._credit = 0.0

    async def run_once(self) -> None:
        """Work for one tick: as much as the pace allows. If the last step took too long, the next
        ticks do nothing in exchange.
        """
        second = TICK.total_seconds()
        self._credit = min(self._credit + self._pace.slots_per_second * second, self._pace.slots_per_second)
        while self._credit > 0:
            work = self._work or await self._claim()
            self._work = None  # an error loses the work; it goes on at its place once the claim is over
            if work is None:
                return
            self._work = await self._step(work)
        if self._work:
            self._work = await self._keep(self._work)

    def _is_due(self, work: _Work) -> bool:
        """Whether half of the claim's time is over."""
        return to_ms(self._context.clock.now() + _LEASE / 2) > work.claim.until_ms

    async def _claim(self) -> _Work | None:
        now = self._context.clock.now()
        claim = await self._claims.claim(await self._find_apps(), now, now + _LEASE)
        return self._open(claim, claim.place, Counter()) if claim else None

    def _open(self, claim: Claim, place: Place, changes: Counter[Change]) -> _Work:
        if place.phase >= len(self._phases):
            place = Place()  # another version had more phases
        steps = self._phases[place.phase].run(claim.app, claim.shard, place.cursor)
        return _Work(claim, steps, place, changes)

    async def _step(self, work: _Work) -> _Work | None:
        """Carry out one step; returns the work that is left, None after the last step or where the
        claim is lost.
        """
        progress = await anext(work.steps, None)
        if progress is None:
            self._credit -= 1
            return await self._next_phase(work)
        self._credit -= max(1, progress.slots)
        await self._note(work, progress)
        work.place = Place(work.place.phase, progress.cursor)
        return await self._keep(work) if self._is_due(work) else work

    async def _next_phase(self, work: _Work) -> _Work | None:
        place = Place(work.place.phase + 1)
        if place.phase < len(self._phases):
            claim = await self._claims.keep(work.claim, self._context.clock.now() + _LEASE, place)
            return self._open(claim, place, work.changes) if claim else None
        due = self._context.clock.now() + self._pace.interval
        await self._claims.keep(work.claim, due, Place())
        if work.changes:
            changes = {change.value: count for change, count in work.changes.items()}
            _log.info(
                "registry looked after",
                action="hygiene",
                app=work.claim.app.name,
                shard=work.claim.shard,
                **changes,
            )
        return None

    async def _keep(self, work: _Work) -> _Work | None:
        """Note the place of the work; returns None where another scheduler has claimed the
        shard.
        """
        claim = await self._claims.keep(work.claim, self._context.clock.now() + _LEASE, work.place)
        if claim is None:
            return None
        work.claim = claim
        return work

    async def _note(self, work: _Work, progress: Progress) -> None:
        app = work.claim.app.name
        for change, count in progress.changes.items():
            if count:
                work.changes[change] += count
                self._context.metrics.registry_changed(app, change.value, count)
        faults = {change.value: n for change, n in progress.changes.items() if n and change in FAULTS}
        if faults:
            _log.error(
                "terms of the registry disagreed with its rows, and were mended",
                action="terms_mended",
                app=app,
                shard=work.claim.shard,
                **faults,
            )
            await self._context.stores.mended_terms.note(app, self._context.clock.now())


def registry_rounds(context: SchedulerContext, pace: HygienePace) -> HygieneRounds:
    """The rounds that keep registries consistent and compact."""
    stores = context.stores
    return HygieneRounds(
        name="hygiene",
        context=context,
        claims=stores.hygiene_claims,
        phases=stores.hygiene_phases,
        find_apps=stores.registered_apps.all_apps,
        pace=pace,
    )


def removal_rounds(context: SchedulerContext, pace: HygienePace) -> HygieneRounds:
    """The rounds that remove silent terminals in apps for which a removal was begun."""
    stores = context.stores
    return HygieneRounds(
        name="silent terminals",
        context=context,
        claims=stores.removal_claims,
        phases=[stores.silent_removals],
        find_apps=AppsToRemoveFrom(context).find,
        pace=pace,
    )
