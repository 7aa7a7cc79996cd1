"""Lanes and their leases, the boundaries of deliveries, and the log of attempts."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.webhooks.samples import PLACES, stored_webhook

from pushgate.webhooks.answer import Answer
from pushgate.webhooks.deliveries import LANES, MAX_ATTEMPTS_KEPT, DeliveryStore, Lane, LeaseTerms, lane_of
from pushgate.webhooks.delivery import Delivery, new_delivery_id, record
from pushgate.webhooks.subscriptions import WebhookStore
from pushgate.webhooks.webhook import Webhook

ONE, OTHER = LeaseTerms("one", timedelta(seconds=15)), LeaseTerms("other", timedelta(seconds=15))
NO_TIME = timedelta(0)


@pytest.fixture
async def webhook(store: WebhookStore) -> Webhook:
    return await stored_webhook(store)


def _lane(webhook: Webhook, number: int = 0, holder: str = "one") -> Lane:
    return Lane(webhook.app, webhook.id, holder, number)


def _delivery(clock: SetClock, after: str = PLACES["0"], to: str = "1-5.0.0") -> Delivery:
    return Delivery(
        id=new_delivery_id(),
        shard="0",
        after=after,
        to=to,
        types=("*",),
        expand=False,
        events=3,
        digest="x",
        created_at=clock.now(),
        next_attempt_at=clock.now(),
    )


async def test_a_lane_is_held_by_one_sender(deliveries: DeliveryStore, webhook: Webhook) -> None:
    assert await deliveries.hold(webhook, LANES, ONE, 3) == {0, 1, 2}
    assert await deliveries.hold(webhook, LANES, OTHER, LANES) == {3}
    assert await deliveries.hold(webhook, LANES, ONE, LANES) == {0, 1, 2}


async def test_a_sender_lets_go_of_what_is_above_its_share(
    deliveries: DeliveryStore, webhook: Webhook
) -> None:
    assert await deliveries.hold(webhook, LANES, ONE, LANES) == {0, 1, 2, 3}
    assert await deliveries.hold(webhook, LANES, ONE, 2) == {0, 1}
    assert await deliveries.hold(webhook, LANES, OTHER, 2) == {2, 3}
    assert await deliveries.hold(webhook, LANES, ONE, 0) == set()
    assert await deliveries.hold(webhook, LANES, OTHER, LANES) == {0, 1, 2, 3}


async def test_the_lanes_of_a_silent_sender_are_free_once_its_leases_end(
    deliveries: DeliveryStore, webhook: Webhook
) -> None:
    silent = LeaseTerms("silent", timedelta(milliseconds=-1))
    assert await deliveries.hold(webhook, LANES, silent, LANES) == {0, 1, 2, 3}
    assert await deliveries.hold(webhook, LANES, ONE, 2) == {0, 1}


async def test_a_deleted_webhook_has_no_lanes(
    deliveries: DeliveryStore, store: WebhookStore, webhook: Webhook, redis: Redis
) -> None:
    await store.delete(webhook.app, webhook.id)
    assert await deliveries.hold(webhook, LANES, ONE, LANES) == set()
    assert not await deliveries.move(webhook, PLACES)
    assert await redis.keys("{q}:webhook:*") == []


def test_every_shard_has_a_lane() -> None:
    assert [lane_of(shard) for shard in ("0", "1", "5", "1023", "q")] == [0, 1, 1, 3, 0]


async def test_a_lane_knows_how_far_its_own_shards_are(deliveries: DeliveryStore, webhook: Webhook) -> None:
    first, second = await deliveries.progress(_lane(webhook)), await deliveries.progress(_lane(webhook, 1))
    assert {shard: progress.place for shard, progress in first.items()} == {
        "0": PLACES["0"],
        "q": PLACES["q"],
    }
    assert set(second) == {"1"}


async def test_the_boundaries_of_a_delivery_stay_until_it_is_taken(
    deliveries: DeliveryStore, webhook: Webhook, clock: SetClock
) -> None:
    await deliveries.hold(webhook, LANES, ONE, 1)
    lane, begun = _lane(webhook), _delivery(clock)
    assert await deliveries.begin(lane, PLACES["0"], begun)
    assert not await deliveries.begin(lane, PLACES["0"], _delivery(clock))
    assert (await deliveries.progress(lane))["0"].begun == begun
    failed = begun.failed(clock.now(), clock.now() + timedelta(seconds=2))
    attempt = record(begun, Answer(duration=NO_TIME, status=500), clock.now(), failed.next_attempt_at)
    assert await deliveries.finish(lane, begun, begun.after, attempt, failed)
    assert not await deliveries.finish(lane, begun, begun.to, attempt, None)
    assert (await deliveries.progress(lane))["0"].begun == failed
    taken = record(failed, Answer(duration=NO_TIME, status=200), clock.now())
    assert await deliveries.finish(lane, failed, failed.to, taken, None)
    done = (await deliveries.progress(lane))["0"]
    assert (done.place, done.begun) == ("1-5.0.0", None)
    assert list(await deliveries.attempts(webhook)) == [taken, attempt]
    assert (taken.attempt, attempt.attempt) == (2, 1)


async def test_a_sender_that_lost_its_lane_changes_nothing(
    deliveries: DeliveryStore, webhook: Webhook, clock: SetClock
) -> None:
    silent = LeaseTerms("silent", timedelta(milliseconds=-1))
    await deliveries.hold(webhook, LANES, silent, LANES)
    late, begun = _lane(webhook, holder="silent"), _delivery(clock)
    assert await deliveries.begin(late, PLACES["0"], begun)
    await deliveries.hold(webhook, LANES, ONE, LANES)
    attempt = record(begun, Answer(duration=NO_TIME, status=200), clock.now())
    assert not await deliveries.finish(late, begun, begun.to, attempt, None)
    assert not await deliveries.advance(late, "q", PLACES["q"], "1-9.0.0")
    assert (await deliveries.progress(_lane(webhook)))["0"].begun == begun
    assert await deliveries.attempts(webhook) == []


async def test_moved_places_drop_what_was_begun(
    deliveries: DeliveryStore, webhook: Webhook, clock: SetClock
) -> None:
    await deliveries.hold(webhook, LANES, ONE, LANES)
    lane, begun = _lane(webhook), _delivery(clock)
    await deliveries.begin(lane, PLACES["0"], begun)
    assert await deliveries.move(webhook, {"0": "1-3.0.0"})
    assert not await deliveries.finish(lane, begun, begun.to, None, None)
    assert not await deliveries.begin(lane, PLACES["0"], _delivery(clock))
    progress = await deliveries.progress(lane)
    assert (progress["0"].place, progress["0"].begun) == ("1-3.0.0", None)
    assert progress["q"].place == PLACES["q"]


async def test_a_place_may_move_past_events_that_nobody_wants(
    deliveries: DeliveryStore, webhook: Webhook, clock: SetClock
) -> None:
    await deliveries.hold(webhook, LANES, ONE, LANES)
    assert await deliveries.advance(_lane(webhook), "0", PLACES["0"], "1-7.0.0")
    assert not await deliveries.advance(_lane(webhook), "0", PLACES["0"], "1-8.0.0")
    begun = _delivery(clock, after="1-9.0.0", to="1-10.0.0")
    assert await deliveries.begin(_lane(webhook), "1-7.0.0", begun)
    assert (await deliveries.progress(_lane(webhook)))["0"].place == "1-9.0.0"


async def test_the_log_keeps_the_last_hundred_attempts(
    deliveries: DeliveryStore, webhook: Webhook, clock: SetClock
) -> None:
    await deliveries.hold(webhook, LANES, ONE, 1)
    begun = _delivery(clock)
    await deliveries.begin(_lane(webhook), PLACES["0"], begun)
    for _ in range(MAX_ATTEMPTS_KEPT + 5):
        failed = begun.failed(clock.now(), clock.now())
        attempt = record(begun, Answer(duration=NO_TIME, status=500), clock.now(), clock.now())
        assert await deliveries.finish(_lane(webhook), begun, begun.after, attempt, failed)
        begun = failed
    kept = await deliveries.attempts(webhook)
    assert [attempt.attempt for attempt in kept] == list(range(MAX_ATTEMPTS_KEPT + 5, 5, -1))
