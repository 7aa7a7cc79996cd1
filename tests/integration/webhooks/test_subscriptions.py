"""Webhooks as they are stored."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.redis_dump import secrets_in_dump
from tests.support.sealing import sealer_of
from tests.support.webhooks.samples import PLACES, stored_webhook

from pushgate.domain.errors import Conflict, NoMasterKey, NotFound, SealedElsewhere
from pushgate.processes.resealing import reseal_place
from pushgate.webhooks.signatures import key_of
from pushgate.webhooks.stored_secrets import stored_webhook_secrets
from pushgate.webhooks.subscriptions import WebhookStore
from pushgate.webhooks.webhook import MAX_WEBHOOKS, PauseReason, Webhook


async def test_a_webhook_is_stored_found_and_deleted_in_its_app_alone(store: WebhookStore) -> None:
    first, second = await stored_webhook(store), await stored_webhook(store)
    assert await store.find("shop", first.id) == first
    assert {webhook.id for webhook in await store.of_app("shop")} == {first.id, second.id}
    assert {webhook.id for webhook in await store.all()} == {first.id, second.id}
    with pytest.raises(NotFound):
        await store.find("other", first.id)
    with pytest.raises(NotFound):
        await store.delete("other", first.id)
    await store.delete("shop", first.id)
    with pytest.raises(NotFound):
        await store.find("shop", first.id)
    assert await store.apps() == ["shop"]
    await store.delete("shop", second.id)
    assert await store.apps() == []


async def test_nothing_of_a_deleted_webhook_is_left(store: WebhookStore, redis: Redis) -> None:
    for webhook in [await stored_webhook(store), await stored_webhook(store)]:
        await store.delete("shop", webhook.id)
    assert await redis.keys("*") == [b"{q}:webhooks:changes"]


async def test_each_change_is_noticed_by_the_number_of_changes(store: WebhookStore) -> None:
    seen = [await store.changes()]
    webhook = await stored_webhook(store)
    seen.append(await store.changes())
    await store.change("shop", webhook.id, lambda found: replace(found, description="x"))
    seen.append(await store.changes())
    await store.delete("shop", webhook.id)
    seen.append(await store.changes())
    assert len(set(seen)) == len(seen)


async def test_changes_at_the_same_time_are_all_kept(store: WebhookStore) -> None:
    webhook = await stored_webhook(store)

    def longer(found: Webhook) -> Webhook:
        return replace(found, description=found.description + "x")

    await asyncio.gather(*(store.change("shop", webhook.id, longer) for _ in range(8)))
    assert (await store.find("shop", webhook.id)).description == "x" * 8


async def test_an_app_may_have_a_hundred(store: WebhookStore) -> None:
    for _ in range(MAX_WEBHOOKS):
        await stored_webhook(store)
    with pytest.raises(Conflict, match="100 webhooks"):
        await stored_webhook(store)
    await stored_webhook(store, "other")


async def test_the_secret_is_sealed_and_signs(store: WebhookStore, redis: Redis, clock: SetClock) -> None:
    webhook, secret = store.new("shop", "https://example.com/", ["*"], "key-1")
    await store.create(webhook, PLACES)
    assert store.keys(webhook, clock.now()) == [key_of(secret)]
    assert await secrets_in_dump(redis, [secret, key_of(secret)]) == []


async def test_a_secret_opens_for_its_own_webhook_alone(store: WebhookStore, clock: SetClock) -> None:
    webhook = await stored_webhook(store)
    for other in (replace(webhook, id="wh_0000000000000000"), replace(webhook, app="other")):
        with pytest.raises(SealedElsewhere):
            store.keys(other, clock.now())


async def test_the_old_secret_signs_until_its_overlap_ends(store: WebhookStore, clock: SetClock) -> None:
    webhook, first = store.new("shop", "https://example.com/", ["*"], "key-1")
    await store.create(webhook, PLACES)
    rotated, second = await store.rotate("shop", webhook.id, timedelta(hours=1))
    assert store.keys(rotated, clock.now()) == [key_of(second), key_of(first)]
    clock.advance(3600)
    assert store.keys(rotated, clock.now()) == [key_of(second)]
    at_once, third = await store.rotate("shop", webhook.id, timedelta(0))
    assert store.keys(at_once, clock.now()) == [key_of(third)]
    assert at_once.previous_until is None


async def test_without_a_master_key_no_webhook_is_made(redis: Redis, clock: SetClock) -> None:
    with pytest.raises(NoMasterKey):
        WebhookStore(redis, sealer_of(), clock).new("shop", "https://example.com/", ["*"], "key-1")


async def test_secrets_are_sealed_again_with_a_new_master_key(
    store: WebhookStore, redis: Redis, clock: SetClock
) -> None:
    webhook = await stored_webhook(store)
    await store.rotate("shop", webhook.id, timedelta(hours=1))
    known = store.keys(await store.find("shop", webhook.id), clock.now())
    both = sealer_of(b"b", b"a")
    assert (await reseal_place(redis, both, stored_webhook_secrets)).sealed == 2
    assert (await reseal_place(redis, both, stored_webhook_secrets)).current == 2
    alone = WebhookStore(redis, sealer_of(b"b"), clock)
    assert alone.keys(await alone.find("shop", webhook.id), clock.now()) == known


async def test_a_paused_webhook_keeps_its_first_reason(store: WebhookStore, clock: SetClock) -> None:
    webhook = await stored_webhook(store)
    paused = webhook.paused(PauseReason.GONE, clock.now())
    clock.advance(1)
    assert paused.paused(PauseReason.REQUESTED, clock.now()) == paused
    resumed = paused.resumed(clock.now())
    assert (resumed.pause_reason, resumed.paused_at, resumed.resumed_at) == (None, None, clock.now())
    assert webhook.resumed(clock.now()) == webhook


async def test_a_rotation_mends_a_webhook_whose_master_key_is_lost(
    store: WebhookStore, redis: Redis, clock: SetClock
) -> None:
    webhook = await stored_webhook(store)
    later = WebhookStore(redis, sealer_of(b"b"), clock)
    with pytest.raises(SealedElsewhere):
        later.keys(webhook, clock.now())
    rotated, secret = await later.rotate("shop", webhook.id, timedelta(hours=1))
    assert later.keys(rotated, clock.now()) == [key_of(secret)]
