"""Serves all webhooks of an installation, beside other senders: holds lanes and runs them."""

import asyncio
import math
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable, NotFound
from pushgate.runtime import logs
from pushgate.webhooks.deliveries import LANES, Lane, LeaseTerms
from pushgate.webhooks.lane import LaneContext, LaneRun
from pushgate.webhooks.webhook import Webhook, WebhookState

LEASE = timedelta(seconds=15)
"""How long a lane is held by one sender without a sign of life."""
_LOOK_EVERY = timedelta(milliseconds=500)
"""How often changes of webhooks are looked for."""
_RELOAD_EVERY = timedelta(minutes=1)
"""How often webhooks are read again although no change was seen: a store that went back may hide a
change.
"""
_JOIN_EVERY = timedelta(hours=1)
"""How often the webhooks are kept as readers of their apps' events."""
_JOINED_WHILE_PAUSED = timedelta(days=7)
"""For how long events are written for a paused webhook. Without readers, no events are written."""
_log = logs.get("webhooks")
LaneKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderContext:
    """The collaborators of a sender. `senders` returns how many senders are alive, this one
    included.
    """

    lanes: LaneContext
    holder: str
    senders: Callable[[], Awaitable[int]]
    apps: Callable[[], Awaitable[Sequence[App]]]
    lease: timedelta = LEASE


class Sender:
    """Holds its share of all lanes, and runs them."""

    def __init__(self, context: SenderContext) -> None:
        self._context = context
        self._terms = LeaseTerms(context.holder, context.lease)
        self._webhooks: dict[tuple[str, str], Webhook] = {}
        self._apps: Mapping[str, App] = {}
        self._changes: int | None = None
        self._loaded_at: datetime | None = None
        self._renewed_at: datetime | None = None
        self._joined_at: datetime | None = None
        self._running: dict[LaneKey, tuple[LaneRun, asyncio.Task[None]]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; then let requests that are under way end, and let go of all
        lanes.
        """
        while not stop.is_set():
            try:
                await self._round()
            except EngineUnavailable as error:
                _log.warning("webhooks wait for Redis", action="webhooks_wait", error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY.total_seconds()):
                    await stop.wait()
        await self._end()

    async def _round(self) -> None:
        """Take up changes of webhooks, and renew leases."""
        store, now = self._context.lanes.webhooks.subscriptions, self._now()
        changes = await store.changes()
        if _is_due(self._joined_at, now, _JOIN_EVERY):
            self._loaded_at = None  # a deleted app gets no reader anew
        if changes != self._changes or _is_due(self._loaded_at, now, _RELOAD_EVERY):
            await self._reload()
            self._changes, self._loaded_at = changes, now
            self._renewed_at = None
        if _is_due(self._joined_at, now, _JOIN_EVERY):
            await self._join(now)
            self._joined_at = now
        if _is_due(self._renewed_at, now, self._terms.length / 3):
            await self._hold_lanes()
            self._renewed_at = now

    async def _reload(self) -> None:
        """Read all webhooks. Running lanes go on with the new versions."""
        store = self._context.lanes.webhooks.subscriptions
        self._apps = {app.name: app for app in await self._context.apps()}
        new = {(webhook.app, webhook.id): webhook for webhook in await store.all()}
        changed = {key for key, webhook in new.items() if self._webhooks.get(key) != webhook}
        if changed:
            self._joined_at = None
        self._webhooks = new
        for (app, webhook_id, _), (lane, _task) in self._running.items():
            if (app, webhook_id) in changed:
                lane.webhook = new[app, webhook_id]
                lane.refresh()

    async def _join(self, now: datetime) -> None:
        """Keep webhooks as readers of events; a paused webhook only as long as it may be resumed
        without a gap.
        """
        webhooks = self._context.lanes.webhooks
        for webhook in self._webhooks.values():
            app = self._apps.get(webhook.app)
            if app and (webhook.paused_at is None or now - webhook.paused_at < _JOINED_WHILE_PAUSED):
                await webhooks.streams.keep(app, webhook.reader)
                try:
                    await webhooks.subscriptions.find(webhook.app, webhook.id)
                except NotFound:  # it was deleted meanwhile
                    await webhooks.streams.leave(app, webhook.reader)

    async def _hold_lanes(self) -> None:
        """Hold this sender's share of the lanes of active webhooks; run those, and no others."""
        wanted = {
            key: min(LANES, self._apps[webhook.app].shards)
            for key, webhook in self._webhooks.items()
            if webhook.state is WebhookState.ACTIVE and webhook.app in self._apps
        }
        share = math.ceil(sum(wanted.values()) / max(1, await self._context.senders()))
        held: set[LaneKey] = set()
        for key in sorted(self._webhooks, key=self._order):
            lanes = wanted.get(key, 0)
            mine = min(lanes, share - len(held))
            if mine == 0 and not self._runs(key):
                continue
            numbers = await self._context.lanes.webhooks.deliveries.hold(
                self._webhooks[key], max(1, lanes), self._terms, mine
            )
            held |= {(*key, number) for number in numbers}
        await self._run_lanes(held)

    def _order(self, key: tuple[str, str]) -> int:
        """An order of webhooks that differs between senders, so that they do not compete for the
        same lanes.
        """
        return zlib.crc32(" ".join([self._context.holder, *key]).encode())

    def _runs(self, key: tuple[str, str]) -> bool:
        return any(lane[:2] == key for lane in self._running)

    async def _run_lanes(self, held: set[LaneKey]) -> None:
        """Run the lanes that are held, and stop the others."""
        for key in [key for key in self._running if key not in held]:
            self._running[key][0].stop()
        for key in [key for key, (_, task) in self._running.items() if task.done()]:
            _report(self._running.pop(key)[1])
        for key in held - self._running.keys():
            app, webhook_id, number = key
            lane = LaneRun(
                self._context.lanes,
                self._apps[app],
                self._webhooks[app, webhook_id],
                Lane(app, webhook_id, self._context.holder, number),
            )
            self._running[key] = lane, asyncio.create_task(lane.run())
        self._context.lanes.metrics.lanes.set(len(held))

    async def _end(self) -> None:
        """Let requests that are under way end, and let go of all lanes."""
        running = list(self._running.values())
        for lane, _ in running:
            lane.stop()
        if running:
            await asyncio.wait([task for _, task in running])
        for app, webhook_id in {key[:2] for key in self._running}:
            if webhook := self._webhooks.get((app, webhook_id)):
                try:
                    await self._context.lanes.webhooks.deliveries.hold(webhook, LANES, self._terms, 0)
                except EngineUnavailable:
                    return

    def _now(self) -> datetime:
        return self._context.lanes.webhooks.posting.clock.now()


def _is_due(done_at: datetime | None, now: datetime, every: timedelta) -> bool:
    """Whether work is due again, also after the clock was set back."""
    return done_at is None or not done_at <= now < done_at + every


def _report(task: "asyncio.Task[None]") -> None:
    """Log a fault of our own that ended a lane; it is run again."""
    if not task.cancelled() and (error := task.exception()):
        _log.error("a lane of a webhook failed", action="webhook_failed", exc_info=error)
