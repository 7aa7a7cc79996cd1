"""Senders deliver the events of real streams to real receivers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis
from standardwebhooks import Webhook as Verifier
from tests.support.redis_dump import secrets_in_dump
from tests.support.webhooks.receiver import Received, Reply, WebhookReceiver, receiving
from tests.support.webhooks.senders import Installation, until

from pushgate.domain.app import App
from pushgate.eventlog.entries import AppEvent
from pushgate.webhooks.deliveries import Lane
from pushgate.webhooks.delivery import Delivery
from pushgate.webhooks.event_streams import EventStreams
from pushgate.webhooks.signatures import key_of
from pushgate.webhooks.webhook import PauseReason, WebhookState

APP = App("shop", 2)


@pytest.fixture
async def installation(redis: Redis) -> AsyncIterator[Installation]:
    opened = await Installation.open(redis, APP)
    yield opened
    await opened.close()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with receiving() as server:
        yield server


async def _until(condition: Callable[[], bool]) -> None:
    async def holds() -> bool:
        return condition()

    await until(holds)


def _events(requests: list[Received]) -> list[dict[str, Any]]:
    return [event for request in requests for event in orjson.loads(request.body)["data"]["events"]]


def _numbers(receiver: WebhookReceiver) -> list[str]:
    return [event["vendor"] for event in _events(receiver.requests) if event["type"] == "vendor.down"]


async def test_events_arrive_in_their_order_signed_and_once(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, secret = await installation.webhook(receiver.url)
    async with installation.sender("one"):
        await installation.publish(range(5))
        await _until(lambda: len(_numbers(receiver)) >= 5)
    assert _numbers(receiver) == [str(number) for number in range(5)]
    for request in receiver.requests:
        body = Verifier(secret).verify(request.body, dict(request.headers))
        assert (body["type"], body["data"]["app"], body["data"]["shard"]) == ("events", "shop", "q")
    taken = await installation.webhooks.deliveries.attempts(webhook)
    assert {(row.status, row.attempt, row.next_attempt_at) for row in taken} == {(204, 1, None)}
    assert sum(row.events for row in taken) == 5


async def test_a_delivery_that_failed_comes_again_the_same_with_a_signature_of_its_own(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, secret = await installation.webhook(receiver.url)
    receiver.behaviour = lambda _: Reply(500 if len(receiver.requests) < 2 else 200)
    async with installation.sender("one"):
        await installation.publish([1])
        await _until(lambda: len(receiver.requests) >= 1)
        await installation.publish([2])  # what comes later changes nothing of it
        await _until(lambda: "2" in _numbers(receiver))
    first, second, third, *_ = receiver.requests
    assert first.body == second.body == third.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == third.headers["webhook-id"]
    for request in receiver.requests:
        Verifier(secret).verify(request.body, dict(request.headers))
    rows = await installation.webhooks.deliveries.attempts(webhook)
    assert [(row.attempt, row.status) for row in rows[:0:-1]] == [(1, 500), (2, 500), (3, 200)]


async def test_a_sender_that_died_is_followed_by_another_with_the_same_delivery(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    await installation.webhook(receiver.url)
    seen: list[Received] = []

    def hang(request: Received) -> Reply:
        seen.append(request)
        return Reply(delay=30)

    receiver.behaviour = hang
    async with installation.sender("one", dies=True):
        await installation.publish([1])
        await _until(lambda: len(seen) == 1)
        await installation.publish([2])
    receiver.behaviour = lambda _: Reply()
    async with installation.sender("two"):
        await _until(lambda: _numbers(receiver) == ["1", "2"])
    assert receiver.requests[0].body == seen[0].body
    assert receiver.requests[0].headers["webhook-id"] == seen[0].headers["webhook-id"]


async def test_a_slow_receiver_delays_nobody_else(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    with receiving() as slow:
        slow.behaviour = lambda _: Reply(delay=30)
        await installation.webhook(slow.url)
        await installation.webhook(receiver.url)
        async with installation.sender("one"):
            for number in range(10):
                await installation.publish([number])
                await _until(lambda seen=number: len(_numbers(receiver)) > seen)  # type: ignore[misc]
        assert slow.requests == []


@pytest.mark.parametrize(("status", "reason"), [(410, PauseReason.GONE), (500, PauseReason.UNDELIVERABLE)])
async def test_a_receiver_that_is_gone_or_fails_for_too_long_pauses_the_webhook(
    installation: Installation, receiver: WebhookReceiver, status: int, reason: PauseReason
) -> None:
    webhook, _ = await installation.webhook(receiver.url)
    receiver.behaviour = lambda _: Reply(status)
    async with installation.sender("one", give_up_after=timedelta(seconds=0.5)):
        await installation.publish([1])

        async def is_paused() -> bool:
            return (await installation.find(webhook)).state is WebhookState.PAUSED

        await until(is_paused)
        assert (await installation.find(webhook)).pause_reason is reason
        count = len(receiver.requests)
        await installation.publish([2])
        await asyncio.sleep(0.8)
        assert len(receiver.requests) == count
        receiver.behaviour = lambda _: Reply()
        await installation.resume(webhook)
        await _until(lambda: _numbers(receiver)[-2:] == ["1", "2"])
    assert receiver.requests[count].headers["webhook-id"] == receiver.requests[0].headers["webhook-id"]


async def test_failures_count_on_when_events_of_the_delivery_are_trimmed(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, _ = await installation.webhook(receiver.url)
    receiver.behaviour = lambda _: Reply(500)

    async def failing() -> Delivery | None:
        lane = Lane(webhook.app, webhook.id, "", 0)
        return (await installation.webhooks.deliveries.progress(lane))["q"].begun

    async with installation.sender("one"):
        await installation.publish(range(3))
        await _until(lambda: len(receiver.requests) >= 1)
        await asyncio.sleep(0.1)
        first = await failing()
        await installation.trim("q")
        await _until(lambda: "events.gap" in [event["type"] for event in _events(receiver.requests)])
        await asyncio.sleep(0.1)
        later = await failing()
    assert first
    assert later
    assert (later.id != first.id, later.first_failed_at) == (True, first.first_failed_at)
    assert later.attempts > first.attempts


async def test_events_that_read_otherwise_on_a_repeat_come_with_an_id_of_their_own(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    await installation.webhook(receiver.url, types=("terminal.registered",), expand=True)
    receiver.behaviour = lambda request: Reply(500 if b"ann" in request.body else 200)
    await installation.register("phone", user="ann")
    async with installation.sender("one"):
        await _until(lambda: len(receiver.requests) >= 1)
        await installation.register("phone", user="bob")
        await _until(lambda: b"bob" in receiver.requests[-1].body)
    bodies: dict[str, set[bytes]] = {}
    for request in receiver.requests:
        bodies.setdefault(request.headers["webhook-id"], set()).add(request.body)
    assert [len(of_delivery) for of_delivery in bodies.values()] == [1, 1]
    assert len({_events([request])[0]["id"] for request in receiver.requests}) == 1


async def test_only_the_wanted_types_come(installation: Installation, receiver: WebhookReceiver) -> None:
    await installation.webhook(receiver.url, types=("vendor.up",))
    async with installation.sender("one"):
        await installation.publish(range(3))
        await installation.log.publish(APP, [AppEvent("vendor.up", {"vendor": "apns"})])
        await _until(lambda: len(receiver.requests) > 0)
        await asyncio.sleep(0.5)
    assert [event["type"] for event in _events(receiver.requests)] == ["vendor.up"]


async def test_events_are_replayed_with_the_ids_of_the_first_time(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, _ = await installation.webhook(receiver.url)
    async with installation.sender("one"):
        await installation.publish(range(4))
        await _until(lambda: len(_numbers(receiver)) == 4)
        first = [event["id"] for event in _events(receiver.requests)]
        places = await installation.streams.find(APP, first[2])
        await installation.webhooks.replay(webhook, places)
        await _until(lambda: len(_numbers(receiver)) >= 6)
    again = [event["id"] for event in _events(receiver.requests)][len(first) :]
    assert again == first[2:] or again == first  # the whole entry of the event comes


async def test_both_secrets_sign_during_a_rotation(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, old = await installation.webhook(receiver.url)
    async with installation.sender("one"):
        await installation.publish([1])
        await _until(lambda: len(receiver.requests) == 1)
        _, new = await installation.webhooks.subscriptions.rotate("shop", webhook.id, timedelta(hours=1))
        await asyncio.sleep(0.8)
        await installation.publish([2])
        await _until(lambda: len(receiver.requests) == 2)
    for secret in (old, new):
        Verifier(secret).verify(receiver.requests[1].body, dict(receiver.requests[1].headers))


async def test_what_was_trimmed_is_told_as_a_gap_whatever_types_are_wanted(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    await installation.webhook(receiver.url, types=("message.sent",))
    await installation.publish(range(50))
    await installation.trim("q")
    async with installation.sender("one"):
        await _until(lambda: len(receiver.requests) > 0)
    assert [event["type"] for event in _events(receiver.requests)] == ["events.gap"]


async def test_what_is_stored_of_deliveries_names_no_terminal_and_no_secret(
    installation: Installation, receiver: WebhookReceiver, redis: Redis
) -> None:
    receiver.behaviour = lambda _: Reply(500)
    webhook, secret = await installation.webhook(receiver.url, types=("terminal.registered",), expand=True)
    await installation.register("ann-phone", user="ann")
    async with installation.sender("one"):
        await _until(lambda: len(receiver.requests) > 0)
        await asyncio.sleep(0.2)
    assert b"ann-phone" in receiver.requests[0].body
    for key in await redis.keys("{q}:webhook*"):
        assert b"ann" not in (await redis.dump(key) or b"")
    _, second = await installation.webhooks.subscriptions.rotate("shop", webhook.id, timedelta(hours=1))
    assert await secrets_in_dump(redis, [secret, key_of(secret), second, key_of(second)]) == []


async def test_an_app_that_was_erased_gets_no_reader_anew(
    installation: Installation, receiver: WebhookReceiver, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pushgate.webhooks.sender._JOIN_EVERY", timedelta(seconds=2))
    webhook, _ = await installation.webhook(receiver.url)
    async with installation.sender("one"):
        await installation.until_held(webhook, {"one": 2})
        erased = await redis.keys("{shop:*") + await redis.keys("{q}:*:shop*")
        await redis.unlink(*erased, "{q}:webhooks")
        await asyncio.sleep(3)
    assert await redis.keys("*shop*") == []


async def test_a_webhook_that_is_deleted_while_it_is_kept_as_a_reader_reads_no_more(
    installation: Installation, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook, _ = await installation.webhook(receiver.url)
    keep, is_kept = EventStreams.keep, asyncio.Event()

    async def keep_late(streams: EventStreams, app: App, reader: str) -> None:
        if not is_kept.is_set():
            await installation.webhooks.subscriptions.delete(app.name, webhook.id)
            await streams.leave(app, reader)
        await keep(streams, app, reader)
        is_kept.set()

    async def is_left() -> bool:
        return is_kept.is_set() and webhook.reader not in await installation.log.readers(APP)

    monkeypatch.setattr(EventStreams, "keep", keep_late)
    async with installation.sender("one"):
        await until(is_left, 5)


async def test_senders_share_the_lanes_and_let_go_of_them_when_they_stop(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, _ = await installation.webhook(receiver.url)
    async with installation.sender("one", senders=2), installation.sender("two", senders=2):
        await installation.until_held(webhook, {"one": 1, "two": 1})
    assert await installation.holders(webhook) == {}


async def test_a_request_under_way_ends_before_its_sender_does(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, _ = await installation.webhook(receiver.url)
    seen: list[Received] = []

    def slow(request: Received) -> Reply:
        seen.append(request)
        return Reply(delay=0.5)

    receiver.behaviour = slow
    async with installation.sender("one"):
        await installation.publish([1])
        await _until(lambda: len(seen) == 1)
    assert _numbers(receiver) == ["1"]
    assert [row.status for row in await installation.webhooks.deliveries.attempts(webhook)] == [204]


async def test_a_changed_address_takes_the_delivery_that_failed_before(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    with receiving() as old:
        old.behaviour = lambda _: Reply(500)
        webhook, _ = await installation.webhook(old.url)
        async with installation.sender("one"):
            await installation.publish([1])
            await _until(lambda: len(old.requests) == 1)
            await installation.change(webhook, url=receiver.url)
            await _until(lambda: _numbers(receiver) == ["1"])
    assert receiver.requests[0].headers["webhook-id"] == old.requests[0].headers["webhook-id"]
