"""A lane delivers the events of real streams to a real receiver, however often that fails."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from standardwebhooks import Webhook as Verifier
from tests.support.redis_dump import secrets_in_dump
from tests.support.until import until, until_true
from tests.support.webhooks.receiver import Reply, WebhookReceiver, receiving
from tests.support.webhooks.senders import Installation
from tests.support.webhooks.told import events_of, numbers_of

from pushgate.eventlog.entries import AppEvent
from pushgate.webhooks.deliveries import Lane
from pushgate.webhooks.delivery import Delivery
from pushgate.webhooks.signatures import key_of
from pushgate.webhooks.webhook import PauseReason, WebhookState


async def test_events_arrive_in_their_order_signed_and_once(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, secret = await installation.webhook(receiver.url)
    async with installation.sender("one"):
        await installation.publish(range(5))
        await until_true(lambda: len(numbers_of(receiver)) >= 5)
    assert numbers_of(receiver) == [str(number) for number in range(5)]
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
        await until_true(lambda: len(receiver.requests) >= 1)
        await installation.publish([2])  # what comes later changes nothing of it
        await until_true(lambda: "2" in numbers_of(receiver))
    first, second, third, *_ = receiver.requests
    assert first.body == second.body == third.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == third.headers["webhook-id"]
    for request in receiver.requests:
        Verifier(secret).verify(request.body, dict(request.headers))
    rows = await installation.webhooks.deliveries.attempts(webhook)
    assert [(row.attempt, row.status) for row in rows[:0:-1]] == [(1, 500), (2, 500), (3, 200)]


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
        await asyncio.sleep(0.8)  # a webhook that is paused gets nothing
        assert len(receiver.requests) == count
        receiver.behaviour = lambda _: Reply()
        await installation.resume(webhook)
        await until_true(lambda: numbers_of(receiver)[-2:] == ["1", "2"])
    assert receiver.requests[count].headers["webhook-id"] == receiver.requests[0].headers["webhook-id"]


async def test_failures_count_on_when_events_of_the_delivery_are_trimmed(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, _ = await installation.webhook(receiver.url)
    receiver.behaviour = lambda _: Reply(500)

    failed: list[Delivery] = []

    async def is_another_recorded() -> bool:
        """A delivery of another id has failed; that is recorded after the answer."""
        lane = Lane(webhook.app, webhook.id, "", 0)
        found = (await installation.webhooks.deliveries.progress(lane))["q"].begun
        if not found or (failed and found.id == failed[0].id):
            return False
        if found.attempts <= sum(one.attempts for one in failed):
            return False
        failed.append(found)
        return True

    async with installation.sender("one"):
        await installation.publish(range(3))
        await until(is_another_recorded)
        await installation.trim("q")
        await until_true(lambda: "events.gap" in [event["type"] for event in events_of(receiver.requests)])
        await until(is_another_recorded)
    first, later = failed
    assert later.first_failed_at == first.first_failed_at
    assert later.attempts > first.attempts


async def test_events_that_read_otherwise_on_a_repeat_come_with_an_id_of_their_own(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    await installation.webhook(receiver.url, types=("terminal.registered",), expand=True)
    receiver.behaviour = lambda request: Reply(500 if b"ann" in request.body else 200)
    await installation.register("phone", user="ann")
    async with installation.sender("one"):
        await until_true(lambda: len(receiver.requests) >= 1)
        await installation.register("phone", user="bob")
        await until_true(lambda: b"bob" in receiver.requests[-1].body)
    bodies: dict[str, set[bytes]] = {}
    for request in receiver.requests:
        bodies.setdefault(request.headers["webhook-id"], set()).add(request.body)
    assert [len(of_delivery) for of_delivery in bodies.values()] == [1, 1]
    assert len({events_of([request])[0]["id"] for request in receiver.requests}) == 1


async def test_only_the_wanted_types_come(installation: Installation, receiver: WebhookReceiver) -> None:
    await installation.webhook(receiver.url, types=("vendor.up",))
    async with installation.sender("one"):
        await installation.publish(range(3))
        await installation.log.publish(installation.app, [AppEvent("vendor.up", {"vendor": "apns"})])
        await until_true(lambda: len(receiver.requests) > 0)
        await asyncio.sleep(0.5)  # nothing else may come
    assert [event["type"] for event in events_of(receiver.requests)] == ["vendor.up"]


async def test_events_are_replayed_with_the_ids_of_the_first_time(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, _ = await installation.webhook(receiver.url)
    async with installation.sender("one"):
        await installation.publish(range(4))
        await until_true(lambda: len(numbers_of(receiver)) == 4)
        first = [event["id"] for event in events_of(receiver.requests)]
        places = await installation.streams.find(installation.app, first[2])
        await installation.webhooks.replay(webhook, places)
        await until_true(lambda: len(numbers_of(receiver)) >= 6)
    again = [event["id"] for event in events_of(receiver.requests)][len(first) :]
    assert again == first[2:] or again == first  # the whole entry of the event comes


async def test_both_secrets_sign_during_a_rotation(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    webhook, old = await installation.webhook(receiver.url)
    async with installation.sender("one"):
        await installation.publish([1])
        await until_true(lambda: len(receiver.requests) == 1)
        _, new = await installation.webhooks.subscriptions.rotate("shop", webhook.id, timedelta(hours=1))

        async def is_signed_twice() -> bool:
            """Senders look for changes every half second."""
            await installation.publish([2])
            return len(receiver.requests[-1].headers["webhook-signature"].split()) == 2

        await until(is_signed_twice)
    for secret in (old, new):
        Verifier(secret).verify(receiver.requests[-1].body, dict(receiver.requests[-1].headers))


async def test_what_was_trimmed_is_told_as_a_gap_whatever_types_are_wanted(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    await installation.webhook(receiver.url, types=("message.sent",))
    await installation.publish(range(50))
    await installation.trim("q")
    async with installation.sender("one"):
        await until_true(lambda: len(receiver.requests) > 0)
    assert [event["type"] for event in events_of(receiver.requests)] == ["events.gap"]


async def test_what_is_stored_of_deliveries_names_no_terminal_and_no_secret(
    installation: Installation, receiver: WebhookReceiver, redis: Redis
) -> None:
    receiver.behaviour = lambda _: Reply(500)
    webhook, secret = await installation.webhook(receiver.url, types=("terminal.registered",), expand=True)
    await installation.register("ann-phone", user="quillomat")
    async with installation.sender("one"):
        await until_true(lambda: len(receiver.requests) > 0)
        await asyncio.sleep(0.2)  # the attempt is recorded after the answer
    assert b"ann-phone" in receiver.requests[0].body
    for key in await redis.keys("{q}:webhook*"):
        stored = await redis.dump(key) or b""
        assert b"ann-phone" not in stored
        assert b"quillomat" not in stored
    _, second = await installation.webhooks.subscriptions.rotate("shop", webhook.id, timedelta(hours=1))
    assert await secrets_in_dump(redis, [secret, key_of(secret), second, key_of(second)]) == []


async def test_a_changed_address_takes_the_delivery_that_failed_before(
    installation: Installation, receiver: WebhookReceiver
) -> None:
    with receiving() as old:
        old.behaviour = lambda _: Reply(500)
        webhook, _ = await installation.webhook(old.url)
        async with installation.sender("one"):
            await installation.publish([1])
            await until_true(lambda: len(old.requests) == 1)
            await installation.change(webhook, url=receiver.url)
            await until_true(lambda: numbers_of(receiver) == ["1"])
    assert receiver.requests[0].headers["webhook-id"] == old.requests[0].headers["webhook-id"]
