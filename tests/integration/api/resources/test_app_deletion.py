"""A deleted app leaves nothing behind, and takes nothing of other apps along."""

from datetime import datetime, timedelta

import httpx
import pytest
from redis.asyncio import Redis
from tests.support.api.application import create
from tests.support.api.clients import ApiClients
from tests.support.api.contract import client_of
from tests.support.app_documents import XIAOMI
from tests.support.clock import SetClock
from tests.support.redis_content import content_of

from pushgate.apps.app_erasure import SETTLING, AppErasure
from pushgate.apps.erased_keys import is_key_of, is_member_of
from pushgate.domain.app import App, Scope
from pushgate.domain.outcome import ReceiptKind
from pushgate.fleet.credential_use import Refusal
from pushgate.fleet.write_counters import Rollback, parts_of
from pushgate.ledger.totals import UnknownTarget
from pushgate.people.journal import ErasureJournal
from pushgate.scheduler.app_deletions import AppDeletions

CONTENT = {"en": {"title": "T", "body": "B"}}


async def fill(client: httpx.AsyncClient, app: str, later: datetime) -> None:
    """Register, send and schedule with a key of the app."""
    for number in range(8):
        body = {"vendor": "xiaomi", "token": f"token-{number}", "user": f"u{number}", "tags": ["vip"]}
        assert (await client.put(f"/v1/terminals/t{number}", json=body)).is_success
    for audience in ({"all": True}, {"terminals": ["t1"]}, {"tag": "vip"}, {"users": ["u2"]}):
        for when in ({}, {"push_time": later.isoformat()}):
            message = {"content": CONTENT, "audience": audience, **when}
            headers = {"Idempotency-Key": f"{len(when)}-{next(iter(audience))}"}
            sent = await client.post("/v1/messages", json=message, headers=headers)
            assert sent.status_code == 202, sent.text
    assert (await client.put("/v1/audiences/fans", json={"audience": {"tag": "vip"}})).is_success
    assert (await client.post("/v1/audiences/some:freeze", json={"audience": {"tag": "vip"}})).is_success
    assert (await client.put("/v1/templates/welcome", json={"content": CONTENT})).is_success
    assert (await client.put("/v1/templates/gone", json={"content": CONTENT})).is_success
    assert (await client.delete("/v1/templates/gone")).is_success
    schedule = {"cron": "* * * * *", "message": {"content": CONTENT, "audience": {"users": ["u2"]}}}
    assert (await client.put("/v1/schedules/often", json=schedule)).is_success
    assert (await client.patch("/v1/users/u1", json={"attributes": {"plan": "gold"}})).is_success
    assert (await client.post("/v1/apps/" + app + "/pause")).is_success


async def live(clients: ApiClients, app: str) -> None:
    """Make an app, and let it have something of everything."""
    made = await clients.operator.put(f"/v1/apps/{app}", json={"shards": 3})
    assert made.status_code == 201, made.text
    vendor = await clients.operator.put(f"/v1/apps/{app}/vendors/xiaomi?check=false", json=XIAOMI)
    assert vendor.status_code == 200, vendor.text
    key = await clients.context.keys.create(app, [Scope.ADMIN])
    async with client_of(create(clients.context), {"Authorization": f"Bearer {key}"}) as client:
        await fill(client, app, clients.context.clock.now() + timedelta(days=1))
    now, stores = clients.context.clock.now(), clients.context.stores
    await stores.credential_use.note({(app, "xiaomi"): now}, {(app, "xiaomi"): Refusal(now, "c", "r")})
    await stores.totals.add_unknown_reports(app, "xiaomi", ReceiptKind.DELIVERED, UnknownTarget.MESSAGE, 1)
    await stores.languages.add_limited(app, 1)
    await stores.mended_terms.note(app, now)
    await stores.backlog.put(f"push.xiaomi.{app}", {})
    await stores.write_counters.count(parts_of([App(app, 3)]))
    await stores.write_counters.note(Rollback(app=app, shard=1, lost_from=now, at=now, seen=2, found=1))


@pytest.fixture
def deletions(clients: ApiClients) -> AppDeletions:
    """The deletions of a scheduler, which does one step a tick."""
    return deletions_of(clients, "scheduler")


def deletions_of(clients: ApiClients, holder: str) -> AppDeletions:
    context = clients.context
    return AppDeletions(
        apps=context.apps,
        keys=context.keys,
        erasure=AppErasure(context.redis, context.clock, context.stores.message_index, holder),
        journal=ErasureJournal(context.redis),
        budget=timedelta(milliseconds=1),
    )


async def run_until_erased(clients: ApiClients, deletions: AppDeletions, app: str) -> None:
    for _ in range(2_000):
        await deletions.run_once()
        await clients.context.apps.refresh()
        if app not in clients.context.apps.deleting:
            return
    raise AssertionError("the app is never erased")


async def of_app(redis: Redis, app: str) -> list[str]:
    """Keys and members of an app."""
    found = await content_of(redis)
    return [key for key in found if is_key_of(app, key)] + [
        f"{key} {member}"
        for key, members in found.items()
        for member in members
        if not is_key_of(app, key) and is_member_of(app, member)
    ]


async def test_nothing_of_a_deleted_app_is_left(
    clients: ApiClients, deletions: AppDeletions, clock: SetClock
) -> None:
    redis = clients.context.redis
    for name in ("gone", "gone-not"):
        await live(clients, name)
    others = {key: members for key, members in (await content_of(redis)).items() if "gone-not" in key}
    assert (await clients.operator.delete("/v1/apps/gone?confirm=gone")).status_code == 202
    assert clients.context.catalog.vendor("gone", "xiaomi") is None, "nothing is sent any more"
    await deletions.run_once()
    clock.advance(SETTLING.total_seconds())
    await run_until_erased(clients, deletions, "gone")
    left = [one for one in await of_app(redis, "gone") if "audit" not in one]
    assert left == [], "only the audit log stays"
    now = {key: members for key, members in (await content_of(redis)).items() if "gone-not" in key}
    assert {key: len(members) for key, members in now.items()} == {
        key: len(members) for key, members in others.items()
    }
    assert (await clients.operator.get("/v1/apps/gone")).status_code == 404


async def test_the_name_is_free_again_with_other_shards(
    clients: ApiClients, deletions: AppDeletions, clock: SetClock
) -> None:
    await live(clients, "gone")
    await clients.operator.delete("/v1/apps/gone?confirm=gone")
    clock.advance(SETTLING.total_seconds())
    await run_until_erased(clients, deletions, "gone")
    made = await clients.operator.put("/v1/apps/gone", json={"shards": 7})
    assert made.status_code == 201, made.text
    key = await clients.context.keys.create("gone", [Scope.ADMIN])
    async with client_of(create(clients.context), {"Authorization": f"Bearer {key}"}) as again:
        assert (await again.get("/v1/terminals/t1")).status_code == 404
        assert (await again.get("/v1/messages")).json()["messages"] == []


async def test_another_scheduler_goes_on_after_a_crash(clients: ApiClients, clock: SetClock) -> None:
    first, second = deletions_of(clients, "first"), deletions_of(clients, "second")
    await live(clients, "gone")
    await clients.operator.delete("/v1/apps/gone?confirm=gone")
    await first.run_once()
    before = await of_app(clients.context.redis, "gone")
    await second.run_once()
    assert await of_app(clients.context.redis, "gone") == before, "the first one has it"
    clock.advance(SETTLING.total_seconds())
    await run_until_erased(clients, second, "gone")
    assert (await clients.operator.get("/v1/apps/gone")).status_code == 404


async def test_what_others_still_write_is_erased_before_the_name_is_free(
    clients: ApiClients, deletions: AppDeletions, clock: SetClock
) -> None:
    redis = clients.context.redis
    await live(clients, "gone")
    await clients.operator.delete("/v1/apps/gone?confirm=gone")
    for _ in range(200):
        await deletions.run_once()
    assert "gone" in clients.context.apps.deleting
    await redis.set("{gone:0}:late", 1)
    clock.advance(SETTLING.total_seconds())
    await run_until_erased(clients, deletions, "gone")
    assert await redis.exists("{gone:0}:late") == 0
