"""Senders share the lanes of webhooks, follow each other, and keep webhooks as readers."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.until import until, until_true
from tests.support.webhooks.receiver import Received, Reply, WebhookReceiver, receiving
from tests.support.webhooks.senders import Installation
from tests.support.webhooks.told import numbers_of

from pushgate.domain.app import App
from pushgate.webhooks.event_streams import EventStreams


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
        await until_true(lambda: len(seen) == 1)
        await installation.publish([2])
    receiver.behaviour = lambda _: Reply()
    async with installation.sender("two"):
        await until_true(lambda: numbers_of(receiver) == ["1", "2"])
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
                await until_true(lambda seen=number: len(numbers_of(receiver)) > seen)  # type: ignore[misc]  # mypy infers no type of a default
        assert slow.requests == []


async def test_an_app_that_was_erased_gets_no_reader_anew(
    installation: Installation, receiver: WebhookReceiver, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pushgate.webhooks.sender._JOIN_EVERY", timedelta(seconds=2))
    webhook, _ = await installation.webhook(receiver.url)
    async with installation.sender("one"):
        await installation.until_held(webhook, {"one": 2})
        erased = await redis.keys("{shop:*") + await redis.keys("{q}:*:shop*")
        await redis.unlink(*erased, "{q}:webhooks")
        await asyncio.sleep(3)  # webhooks are kept as readers every two seconds here
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
        return is_kept.is_set() and webhook.reader not in await installation.log.readers(installation.app)

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
        await until_true(lambda: len(seen) == 1)
    assert numbers_of(receiver) == ["1"]
    assert [row.status for row in await installation.webhooks.deliveries.attempts(webhook)] == [204]
