"""`pushgate secrets reseal` goes over everything that is sealed, and loses nothing."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import cast

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.app_documents import XIAOMI, app_document, put, vendor_document
from tests.support.clock import SetClock
from tests.support.redis_dump import secrets_in_dump
from tests.support.redis_urls import url_of
from tests.support.sealing import sealer_of

from pushgate.apps.app_documents import AppDocuments
from pushgate.apps.sealed_sections import open_section, vendor_context
from pushgate.audit.pseudonyms import Pseudonyms, Subject
from pushgate.devices.signing_keys import SigningKeys
from pushgate.domain.errors import NoMasterKey
from pushgate.http2.credentials import Credential
from pushgate.processes.check import check
from pushgate.processes.resealing import PLACES, Resealed, reseal, reseal_place
from pushgate.receipts.callback_key_store import CallbackKeys
from pushgate.redis.key_space import CALLBACK_KEYS
from pushgate.sealing.sealer import Sealer
from pushgate.sealing.stored_secret import StoredSecret
from pushgate.settings.loading import parse
from pushgate.settings.model import Settings
from pushgate.webhooks.subscriptions import WebhookStore, secret_context
from pushgate.worker.shared_credentials import SharedCredentials, stored_credentials

OLD, BOTH, NEW = sealer_of(b"a"), sealer_of(b"b", b"a"), sealer_of(b"b")
TOKEN = "an-access-token-of-a-vendor"
APP_SECRET = "the-secret-of-an-app"
SIGNING_SECRET = b"s" * 32
EARLIER = "the-secret-before-that"


async def store(redis: Redis, clock: SetClock, sealer: Sealer) -> CallbackKeys:
    """Store a secret of every kind; returns the callback keys."""
    keys = CallbackKeys(redis, sealer, clock)
    await keys.load()
    await SharedCredentials(redis, clock, sealer).write(
        "shop:fcm:1", Credential(TOKEN, clock.now() + timedelta(hours=1))
    )
    signing_keys = SigningKeys(redis, clock, sealer if sealer.can_seal else OLD)
    await signing_keys.add_secret("shop", "backend", base64.b64encode(SIGNING_SECRET).decode())
    webhooks = WebhookStore(redis, sealer if sealer.can_seal else OLD, clock)
    webhook, _ = webhooks.new("shop", "https://example.com/hook", ["*"], "key")
    await webhooks.create(webhook, {})
    section = vendor_document(sealer if sealer.can_seal else OLD, {**XIAOMI, "app_secret": APP_SECRET})
    earlier = vendor_document(sealer if sealer.can_seal else OLD, {**XIAOMI, "app_secret": EARLIER})
    stored = replace(section, previous=earlier.section, previous_until=clock.now() + timedelta(hours=1))
    await put(AppDocuments(redis, clock, 10), app_document(vendors={"xiaomi": stored}))
    await Pseudonyms(redis, sealer).of("shop", Subject.USER, "u-17")
    return keys


async def read(redis: Redis, clock: SetClock, sealer: Sealer) -> list[object]:
    """All that was stored."""
    keys = CallbackKeys(redis, sealer, clock)
    await keys.load()
    token = await SharedCredentials(redis, clock, sealer).read("shop:fcm:1")
    document = await AppDocuments(redis, clock, 10).read("shop")
    assert document
    found = document.vendors["xiaomi"]
    assert found.previous
    context = vendor_context("shop", "xiaomi")
    opened = [open_section(section, sealer, context) for section in (found.section, found.previous)]
    signing_keys = SigningKeys(redis, clock, sealer)
    (signing_key,) = await signing_keys.list("shop")
    verifying = signing_keys.verifying_key("shop", signing_key)
    (webhook,) = await WebhookStore(redis, sealer, clock).of_app("shop")
    signing = sealer.open(webhook.secret, secret_context("shop", webhook.id))
    pseudonym = await Pseudonyms(redis, sealer).of("shop", Subject.USER, "u-17")
    return [keys.ring, token, verifying, signing, pseudonym, *opened, document.revision]


async def reseal_all(redis: Redis, sealer: Sealer) -> dict[str, Resealed]:
    return {name: await reseal_place(redis, sealer, place) for name, place in PLACES.items()}


async def test_after_it_the_old_key_is_needed_no_more_and_a_repetition_changes_nothing(
    redis: Redis, clock: SetClock
) -> None:
    await store(redis, clock, OLD)
    before = await read(redis, clock, OLD)
    first = await reseal_all(redis, BOTH)
    assert all(found.sealed and not found.unreadable for found in first.values())
    assert await read(redis, clock, NEW) == before
    again = await reseal_all(redis, BOTH)
    assert {(found.sealed, found.current > 0) for found in again.values()} == {(0, True)}


async def test_what_is_in_clear_is_sealed(redis: Redis, clock: SetClock) -> None:
    keys = await store(redis, clock, sealer_of())
    audit_key = cast("bytes", await redis.get("{q}:audit-key")).decode()
    secrets: list[bytes | str] = [
        TOKEN,
        APP_SECRET,
        EARLIER,
        SIGNING_SECRET,
        audit_key,
        *(found.key for found in keys.ring.keys),
    ]
    assert len(await secrets_in_dump(redis, secrets)) == 3, "credentials are never in clear"
    await reseal_all(redis, BOTH)
    assert await secrets_in_dump(redis, secrets) == []


async def test_what_no_key_opens_is_told_by_key_and_stays(redis: Redis, clock: SetClock) -> None:
    await store(redis, clock, OLD)
    before = await read(redis, clock, OLD)
    assert OLD.keys
    for found in (await reseal_all(redis, NEW)).values():
        assert found.sealed == 0
        (fault,) = found.unreadable
        assert OLD.keys.names[0] in fault
    assert await read(redis, clock, OLD) == before


@pytest.mark.parametrize("changes", [1, 100])
async def test_a_value_that_somebody_changes_meanwhile_is_looked_at_again(
    redis: Redis, clock: SetClock, changes: int
) -> None:
    credentials = SharedCredentials(redis, clock, OLD)
    numbers = iter(range(changes))

    async def changing(redis: Redis) -> AsyncIterator[StoredSecret]:
        async for found in stored_credentials(redis):
            number = next(numbers, None)
            if number is not None:
                token = Credential(f"newer-{number}", clock.now() + timedelta(hours=1))
                await credentials.write("shop:fcm:1", token)
            yield found

    await store(redis, clock, OLD)
    found = await reseal_place(redis, BOTH, changing)
    assert (found.sealed, found.missed) == ((1, 0) if changes == 1 else (0, 1))
    newest = await SharedCredentials(redis, clock, BOTH).read("shop:fcm:1")
    assert newest
    assert newest.token.startswith("newer-"), "what was changed meanwhile is not overwritten"


async def test_the_command_tells_how_far_it_came_and_fails_where_values_are_left(
    redis: Redis, clock: SetClock
) -> None:
    await store(redis, clock, OLD)
    url = url_of(redis)
    lines: dict[str, Resealed] = {}

    def settings(*keys: bytes) -> Settings:
        text = "\n".join(base64.b64encode(key * 32).decode() for key in keys)
        return parse({"redis": {"url": url}, "secrets": {"key": text} if keys else {}})

    assert not await reseal(settings(b"b"), lines.__setitem__)
    assert lines.keys() == PLACES.keys()
    assert await reseal(settings(b"b", b"a"), lines.__setitem__)
    assert await reseal(settings(b"b"), lines.__setitem__)
    with pytest.raises(NoMasterKey):
        await reseal(settings(), lines.__setitem__)


async def test_a_check_names_the_master_key_that_is_missing(redis: Redis, clock: SetClock) -> None:
    await store(redis, clock, OLD)
    assert OLD.keys

    async def problem(key: bytes) -> str | None:
        text = base64.b64encode(key * 32).decode()
        engines = {"redis": {"url": url_of(redis)}, "gearman": {"servers": ["127.0.0.1:1"], "timeout": 1}}
        found = await check(parse({**engines, "secrets": {"key": text}}))
        return next(finding.problem for finding in found if finding.subject == "secrets")

    assert await problem(b"a") is None
    assert OLD.keys.names[0] in (await problem(b"b") or "")
    await redis.delete(CALLBACK_KEYS)
    assert "app:shop:vendor:xiaomi" in (await problem(b"b") or "")
