"""A small message through the whole API: stored, shown, changed, sent, its failures listed and sent
again, as a large one.
"""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.receipts import APP
from tests.support.clock import SetClock
from tests.support.small_pushes import ACCEPTED, SmallPushes, invalid, rejected

from pushgate.domain.message_id import position_of

CONTENT = {"en": {"title": "t", "body": "b"}}


@pytest.fixture
async def pushes(clients: ApiClients, clock: SetClock) -> SmallPushes:
    found = SmallPushes(clients.context.redis, clock, APP, clients.context.stores)
    await found.register(4)
    return found


async def create(clients: ApiClients, **more: object) -> dict[str, object]:
    body = {"content": CONTENT, "audience": {"terminals": [f"fcm-{n}" for n in range(4)]}, **more}
    answer = await clients.shop.post("/v1/messages", json=body)
    assert answer.status_code == 202, answer.text
    created: dict[str, object] = answer.json()
    assert position_of(str(created["id"])) is not None
    return created


async def get(clients: ApiClients, path: str) -> dict[str, Any]:
    answer = await clients.shop.get(f"/v1/messages/{path}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_results_failures_and_retry_of_a_small_message(
    clients: ApiClients, clock: SetClock, pushes: SmallPushes
) -> None:
    created = await create(clients)
    message_id = str(created["id"])
    await pushes.place()
    clock.advance(3)
    await pushes.record(message_id, ACCEPTED, rejected(), invalid(), rejected())
    results = await get(clients, f"{message_id}/results")
    assert (results["status"], results["targeted"], results["rejected"]) == ("sent", 4, 2)
    path = f"{message_id}/terminals?state=rejected&limit=1"
    first = await get(clients, path)
    second = await get(clients, f"{path}&cursor={first['next_cursor']}")
    assert second["next_cursor"] is None
    rows = [row for page in (first, second) for row in page["terminals"]]
    assert [(row["terminal"], row["token"], row["code"], row["language"]) for row in rows] == [
        ("fcm-1", None, "REFUSED", "en"),
        ("fcm-3", None, "REFUSED", "en"),
    ]
    bad = await clients.shop.get(f"/v1/messages/{message_id}/terminals?cursor=NDA0")
    assert bad.status_code == 422
    headers = {"Idempotency-Key": "again"}
    url = f"/v1/messages/{message_id}/retry"
    retried = await clients.shop.post(url, json={"ttl": 60}, headers=headers)
    assert (retried.status_code, retried.json()["terminals"]) == (202, 2)
    assert (await clients.shop.post(url, json={"ttl": 60}, headers=headers)).content == retried.content
    assert (await clients.shop.post(url)).status_code == 409
    shown = await get(clients, message_id)
    assert (shown["status"], shown["retries"]) == ("sending", 1)


async def test_a_retry_whose_record_was_lost_gets_its_answer_again(
    clients: ApiClients, clock: SetClock, pushes: SmallPushes
) -> None:
    """As after a crash between the effect and the record."""
    message_id = str((await create(clients))["id"])
    await pushes.place()
    await pushes.record(message_id, *[rejected()] * 4)
    url, headers = f"/v1/messages/{message_id}/retry", {"Idempotency-Key": "again"}
    first = await clients.shop.post(url, headers=headers)
    assert first.status_code == 202
    lost = [key async for key in clients.context.redis.scan_iter("*:i:*")]
    assert await clients.context.redis.delete(*lost) == 1
    clock.advance(9)
    again = await clients.shop.post(url, headers=headers)
    assert (again.status_code, again.content) == (202, first.content)
    assert await pushes.stores.segments.waiting(pushes.world().home) == (0, 4)


async def test_a_change_is_answered_with_warnings_and_shown(
    clients: ApiClients, clock: SetClock, pushes: SmallPushes
) -> None:
    later = (clock.now() + timedelta(hours=1)).isoformat()
    audience = {"terminals": ["fcm-0", "nobody"]}
    created = await create(clients, push_time=later, audience=audience)
    url = f"/v1/messages/{created['id']}"
    body = {"content": {"en": {"title": "new", "body": "b"}}}
    for _ in range(2):
        answer = await clients.shop.patch(url, json=body)
        assert answer.status_code == 200, answer.text
        changed = answer.json()
        assert changed.pop("warnings") == created["warnings"] != []
        assert changed == await get(clients, str(created["id"]))
    listed = (await clients.shop.get("/v1/messages?status=scheduled")).json()["messages"]
    assert listed == [changed]
    clock.advance(3600)
    assert (await clients.shop.patch(url, json=body)).status_code == 409
    assert (await clients.shop.post(f"{url}/cancel")).json()["status"] == "cancelled"
    await pushes.place()
    assert (await clients.shop.post(f"{url}/cancel")).json()["status"] == "cancelled"


async def test_a_message_without_content_says_so(clients: ApiClients, pushes: SmallPushes) -> None:
    message_id = str((await create(clients))["id"])
    await pushes.place()
    await pushes.record(message_id, *[rejected()] * 4)
    page, _ = (await pushes.account(message_id)).version
    assert await clients.context.redis.delete(f"{{shop:0}}:c:{page}") == 1
    shown = await get(clients, message_id)
    assert (shown["content_dropped"], shown["content"], shown["status"]) == (True, None, "sent")
    assert (await get(clients, f"{message_id}/results"))["rejected"] == 4
    for call in ("retry", "recall"):
        answer = await clients.shop.post(f"/v1/messages/{message_id}/{call}")
        assert (answer.status_code, "content_retention" in answer.text) == (409, True)
    listed = (await clients.shop.get("/v1/messages")).json()["messages"]
    assert listed == [shown]


async def test_a_message_is_shown_as_its_creation_was_answered(
    clients: ApiClients, clock: SetClock, pushes: SmallPushes
) -> None:
    """Also with a push time between two milliseconds, and after a repeated request."""
    later = (clock.now() + timedelta(hours=1, microseconds=1500)).isoformat()
    body = {"content": CONTENT, "audience": {"terminals": ["fcm-0"]}, "push_time": later}
    headers = {"Idempotency-Key": "once"}
    first, again = [await clients.shop.post("/v1/messages", json=body, headers=headers) for _ in range(2)]
    assert again.content == first.content
    created = first.json()
    del created["warnings"]
    assert created == await get(clients, created["id"])
