"""One lane of a webhook: delivers the events of its shards, one request at a time."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable, NotFound, SealedElsewhere
from pushgate.runtime import logs
from pushgate.webhooks import destination
from pushgate.webhooks.answer import Answer, AttemptFailure
from pushgate.webhooks.body import body_of
from pushgate.webhooks.deliveries import Lane, Progress
from pushgate.webhooks.delivery import Attempt, Delivery, new_delivery, record
from pushgate.webhooks.metrics import WebhookMetrics
from pushgate.webhooks.posting import Webhooks
from pushgate.webhooks.receiver import Receiver
from pushgate.webhooks.retry import GiveUp, decide
from pushgate.webhooks.signatures import sign
from pushgate.webhooks.streams import Choice
from pushgate.webhooks.webhook import Webhook

_WAIT = timedelta(seconds=30)
"""How long a lane waits for new events before it checks whether a repeat is due."""
_RECOVER_SECONDS = 1.0
_SEALED_SECONDS = 30.0
_NO_NEWS_SECONDS = 0.2
"""Pause after a read that brought nothing although there seemed to be news."""
_STORE_PLACE_EVERY = timedelta(seconds=30)
"""How often a place is stored that moved past events which the webhook does not want."""
_log = logs.get("webhooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneContext:
    """What all lanes of a process use."""

    webhooks: Webhooks
    metrics: WebhookMetrics
    give_up_after: timedelta


class _Shard:
    """The progress of a shard in this process, and how much of it is stored."""

    def __init__(self, stored: Progress, now: datetime) -> None:
        self.place = self.stored_place = stored.place
        self.begun = stored.begun
        self.stored_at = now
        self.may_have_news = False


class LaneRun:
    """Runs a lane that this process holds, until it is stopped or another sender has the lane.

    `webhook` may be replaced; after `refresh` the lane reads its progress again.
    """

    def __init__(self, context: LaneContext, app: App, webhook: Webhook, lane: Lane) -> None:
        self.webhook = webhook
        self._context = context
        self._app = app
        self._lane = lane
        self._receiver = Receiver(context.webhooks.posting, app.name)
        self._shards: dict[str, _Shard] = {}
        self._is_stale = True
        self._stopping = False
        self._wake = asyncio.Event()

    def refresh(self) -> None:
        """Read the lane's progress again, because places may have been moved."""
        self._is_stale = True
        self._wake.set()

    def stop(self) -> None:
        """End after the request that is under way."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Deliver until the lane is stopped or lost."""
        try:
            while not self._stopping:
                try:
                    await self._step()
                except EngineUnavailable:
                    await self._pause(_RECOVER_SECONDS)
                except SealedElsewhere as error:
                    _log.error(str(error), action="webhook_sealed", webhook=self.webhook.id)
                    await self._pause(_SEALED_SECONDS)
            with suppress(EngineUnavailable):
                await self._store_places(timedelta(0))
        finally:
            await self._receiver.close()

    async def _step(self) -> None:
        """Make one attempt, or read on in one shard, or wait."""
        now = self._now()
        if self._is_stale:
            self._is_stale = False
            found = await self._context.webhooks.deliveries.progress(self._lane)
            self._shards = {name: _Shard(progress, now) for name, progress in found.items()}
        for name, shard in self._shards.items():
            due = shard.begun and shard.begun.renewed(self.webhook.resumed_at).next_attempt_at <= now
            if due or (shard.begun is None and shard.may_have_news):
                # The shard goes behind all others, so that each has its turn.
                self._shards[name] = self._shards.pop(name)
                await (self._repeat(shard) if shard.begun else self._read_on(name, shard))
                return
        await self._store_places(_STORE_PLACE_EVERY)
        await self._await_work(now)

    async def _read_on(self, name: str, shard: _Shard) -> None:
        """Deliver what comes after the shard's place, if there is anything."""
        choice = self._choice()
        page = await self._context.webhooks.streams.read(self._app, name, shard.place, choice)
        shard.may_have_news = not page.is_end
        if not page.events:
            if page.place == shard.place:
                await self._rest(_NO_NEWS_SECONDS)
            shard.place = page.place
            return
        begun = new_delivery(name, shard.place, page, choice)
        if not await self._context.webhooks.deliveries.begin(self._lane, shard.stored_place, begun):
            self._lose()
            return
        shard.stored_place, shard.begun = begun.after, begun
        await self._attempt(shard, begun, body_of(self._app.name, name, choice.now, page.events))

    async def _repeat(self, shard: _Shard) -> None:
        """Make one more attempt of a delivery that was begun."""
        begun = shard.begun
        assert begun
        shard.may_have_news = True
        choice = Choice(types=begun.types, expand=begun.expand, now=begun.created_at)
        page = await self._context.webhooks.streams.read(
            self._app, begun.shard, begun.after, choice, until=begun.to
        )
        if page.digest != begun.digest:
            await self._replace(shard, begun)
            return
        await self._attempt(shard, begun, body_of(self._app.name, begun.shard, begun.created_at, page.events))

    async def _replace(self, shard: _Shard, gone: Delivery) -> None:
        """Replace a delivery whose events are gone in part, or have another text by now, because
        one delivery always has one body. The new delivery has the present events, and keeps the
        failures.
        """
        choice = self._choice()
        page = await self._context.webhooks.streams.read(self._app, gone.shard, gone.after, choice)
        if not page.events:
            await self._finish(shard, gone, page.place, None)
            return
        begun = new_delivery(gone.shard, gone.after, page, choice, gone.renewed(self.webhook.resumed_at))
        if not await self._context.webhooks.deliveries.finish(self._lane, gone, gone.after, None, begun):
            self._lose()
            return
        shard.begun = begun
        await self._attempt(shard, begun, body_of(self._app.name, gone.shard, choice.now, page.events))

    def _choice(self) -> Choice:
        return Choice(types=self.webhook.types, expand=self.webhook.expand, now=self._now())

    async def _attempt(self, shard: _Shard, stored: Delivery, body: bytes) -> None:
        webhook, begun_at = self.webhook, self._now()
        answer = await self._post(stored.id, begun_at, body)
        self._context.metrics.attempted(webhook.app, answer)
        tried = stored.renewed(webhook.resumed_at)
        if answer.is_success:
            self._context.metrics.taken(webhook.app, stored.events)
            await self._finish(shard, stored, stored.to, record(tried, answer, begun_at))
            return
        now = self._now()
        decision = decide(tried, answer, now, self._context.give_up_after, random.uniform)
        next_at = None if isinstance(decision, GiveUp) else decision.at
        again = tried.failed(now, next_at or now)
        attempt = record(tried, answer, begun_at, next_at)
        if not await self._context.webhooks.deliveries.finish(
            self._lane, stored, stored.after, attempt, again
        ):
            self._lose()
            return
        shard.begun = again
        if isinstance(decision, GiveUp):
            await self._pause_webhook(decision, answer)

    async def _post(self, delivery_id: str, at: datetime, body: bytes) -> Answer:
        webhooks = self._context.webhooks
        keys = webhooks.subscriptions.keys(self.webhook, at)
        try:
            where = destination.parse(self.webhook.url, webhooks.posting.rules)
        except ValueError as error:
            return Answer(duration=timedelta(0), failure=AttemptFailure.ADDRESS_REFUSED, reason=str(error))
        return await self._receiver.post(where, sign(keys, delivery_id, at, body), body)

    async def _finish(self, shard: _Shard, stored: Delivery, place: str, attempt: Attempt | None) -> None:
        """End a delivery: everything before `place` is delivered."""
        if not await self._context.webhooks.deliveries.finish(self._lane, stored, place, attempt, None):
            self._lose()
            return
        shard.place = shard.stored_place = place
        shard.begun = None

    async def _pause_webhook(self, decision: GiveUp, answer: Answer) -> None:
        """Pause the webhook, so that all its lanes stop."""
        self._stopping = True
        now = self._now()
        with suppress(NotFound):
            self.webhook = await self._context.webhooks.subscriptions.change(
                self.webhook.app, self.webhook.id, lambda found: found.paused(decision.reason, now)
            )
        self._context.metrics.paused(self.webhook.app, decision.reason.value)
        _log.error(
            "a webhook is paused: its receiver does not take deliveries",
            action="webhook_paused",
            app=self.webhook.app,
            webhook=self.webhook.id,
            reason=decision.reason.value,
            status=answer.status,
            failure=answer.failure.value if answer.failure else None,
        )

    async def _await_work(self, now: datetime) -> None:
        """Wait for news of shards that have no delivery, for a repeat, or for a change."""
        repeats = [
            shard.begun.renewed(self.webhook.resumed_at).next_attempt_at - now
            for shard in self._shards.values()
            if shard.begun
        ]
        limit = max(timedelta(0), min([_WAIT, *repeats]))
        places = {name: shard.place for name, shard in self._shards.items() if shard.begun is None}
        waking = asyncio.create_task(self._wake.wait())
        news = asyncio.create_task(self._news(places, limit))
        try:
            await asyncio.wait([waking, news], return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
            if not news.done():
                news.cancel()
        self._wake.clear()
        if news.done() and not news.cancelled():
            for name in news.result():
                if name in self._shards:
                    self._shards[name].may_have_news = True

    async def _news(self, places: dict[str, str], limit: timedelta) -> list[str]:
        if not places:
            await asyncio.sleep(limit.total_seconds())  # every shard waits for a repeat
            return []
        return list(await self._context.webhooks.streams.wait(self._app, places, limit))

    async def _store_places(self, older_than: timedelta) -> None:
        """Store places that moved past unwanted events, so that they are not read again later."""
        now = self._now()
        for name, shard in self._shards.items():
            if shard.begun or shard.place == shard.stored_place or now - shard.stored_at < older_than:
                continue
            shard.stored_at = now
            if not await self._context.webhooks.deliveries.advance(
                self._lane, name, shard.stored_place, shard.place
            ):
                self._lose()
                return
            shard.stored_place = shard.place

    async def _pause(self, seconds: float) -> None:
        """Wait after a failure, then read the lane's progress again."""
        self._is_stale = True
        await self._rest(seconds)

    async def _rest(self, seconds: float) -> None:
        self._wake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    def _lose(self) -> None:
        """End the run: another sender holds the lane, or places were moved, so the progress known
        here is out of date. A sender that still holds the lane starts it anew.
        """
        self.stop()

    def _now(self) -> datetime:
        return self._context.webhooks.posting.clock.now()
