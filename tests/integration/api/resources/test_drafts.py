"""Messages that are being written are kept as drafts, and no editor overwrites another."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.support.api.bodies import GOOD, but
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock

from pushgate.messages import drafts as module

INCOMPLETE = {"content": {"en": {"title": "Sale"}}, "audience": {}}
KEY = {"Idempotency-Key": "one"}


async def create(clients: ApiClients, body: Any = INCOMPLETE, **headers: str) -> dict[str, Any]:
    answer = await clients.shop.post("/v1/drafts", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def put(clients: ApiClients, draft: dict[str, Any], body: Any, match: str) -> httpx.Response:
    path = f"/v1/drafts/{draft['id']}"
    return await clients.shop.put(path, json=body, headers={"If-Match": match})


async def test_an_incomplete_draft_is_kept_as_written_and_says_what_it_lacks(clients: ApiClients) -> None:
    draft = await create(clients)
    assert (draft["revision"], draft["message"], draft["title"]) == (1, INCOMPLETE, "Sale")
    assert {"content.en.body", "audience"} <= {one["field"] for one in draft["problems"]}
    read = await clients.shop.get(f"/v1/drafts/{draft['id']}")
    assert read.json() == draft
    assert read.headers["ETag"] == '"1"'


async def test_a_complete_draft_has_no_problems_and_is_sent_as_a_message(clients: ApiClients) -> None:
    draft = await create(clients, GOOD)
    assert draft["problems"] == []
    assert (await clients.shop.post("/v1/messages", json=draft["message"])).status_code == 202


async def test_problems_are_those_of_now(clients: ApiClients) -> None:
    draft = await create(clients, but(audience={"saved": "vips"}))
    assert [one["field"] for one in draft["problems"]] == ["audience.saved"]
    saved = await clients.shop.put("/v1/audiences/vips", json={"audience": {"tag": "vip"}})
    assert saved.status_code == 201
    assert (await clients.shop.get(f"/v1/drafts/{draft['id']}")).json()["problems"] == []


async def test_a_change_needs_the_revision_that_was_read(clients: ApiClients) -> None:
    draft = await create(clients)
    changed = await put(clients, draft, GOOD, '"1"')
    assert changed.json()["revision"] == 2
    assert changed.headers["ETag"] == '"2"'
    outdated = await put(clients, draft, INCOMPLETE, '"1"')
    assert (outdated.status_code, outdated.json()["code"]) == (412, "outdated_revision")
    assert (await put(clients, draft, INCOMPLETE, "*")).json()["revision"] == 3
    for match in ("2", '"x"', 'W/"3"'):
        assert bad_fields(await put(clients, draft, GOOD, match)) == {"If-Match"}
    without = await clients.shop.put(f"/v1/drafts/{draft['id']}", json=GOOD)
    assert bad_fields(without) == {"If-Match"}


async def test_of_two_changes_at_once_one_is_refused(clients: ApiClients) -> None:
    draft = await create(clients)
    answers = await asyncio.gather(*(put(clients, draft, GOOD, '"1"') for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 412, 412, 412]


async def test_deleting(clients: ApiClients) -> None:
    draft = await create(clients)
    path = f"/v1/drafts/{draft['id']}"
    assert (await clients.shop.delete(path, headers={"If-Match": '"2"'})).status_code == 412
    assert (await clients.shop.delete(path, headers={"If-Match": '"1"'})).status_code == 204
    assert (await clients.shop.delete(path)).status_code == 404
    assert (await put(clients, draft, GOOD, "*")).status_code == 404


async def test_drafts_are_listed_those_changed_last_first(clients: ApiClients, clock: SetClock) -> None:
    ids = []
    for number in range(3):
        clock.advance(1)
        ids.append((await create(clients, {"content": {"en": {"title": str(number)}}}))["id"])
    first = (await clients.shop.get("/v1/drafts", params={"limit": "2"})).json()
    assert [one["title"] for one in first["drafts"]] == ["2", "1"]
    rest = (await clients.shop.get("/v1/drafts", params={"cursor": first["next_cursor"]})).json()
    assert ([one["id"] for one in rest["drafts"]], rest["next_cursor"]) == ([ids[0]], None)
    assert (await clients.other.get("/v1/drafts")).json()["drafts"] == []
    assert (await clients.other.get(f"/v1/drafts/{ids[0]}")).status_code == 404


@pytest.mark.parametrize("is_deleted", [True, False])
async def test_a_page_follows_a_draft_that_is_elsewhere_by_now(
    clients: ApiClients, clock: SetClock, is_deleted: bool
) -> None:
    for _ in range(2):  # of two changed at once, the ids decide
        await create(clients)
        await create(clients)
        clock.advance(1)
    listed = [one["id"] for one in (await clients.shop.get("/v1/drafts")).json()["drafts"]]
    first = (await clients.shop.get("/v1/drafts", params={"limit": "3"})).json()
    if is_deleted:
        await clients.shop.delete(f"/v1/drafts/{listed[2]}")
    else:
        await put(clients, {"id": listed[2]}, GOOD, "*")
    rest = (await clients.shop.get("/v1/drafts", params={"cursor": first["next_cursor"]})).json()
    assert ([one["id"] for one in rest["drafts"]], rest["next_cursor"]) == (listed[3:], None)
    bad = await clients.shop.get("/v1/drafts", params={"cursor": listed[0]})
    assert bad_fields(bad) == {"cursor"}


async def test_a_repeated_request_creates_one_draft(clients: ApiClients) -> None:
    draft = await create(clients, INCOMPLETE, **KEY)
    assert await create(clients, INCOMPLETE, **KEY) == draft
    assert (await clients.shop.post("/v1/drafts", json=GOOD, headers=KEY)).status_code == 409
    assert len((await clients.shop.get("/v1/drafts")).json()["drafts"]) == 1


async def test_number_and_size_are_bounded(clients: ApiClients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_DRAFTS", 2)
    await create(clients)
    await create(clients)
    assert (await clients.shop.post("/v1/drafts", json={})).status_code == 409
    huge = {"content": {"en": {"title": "x" * 300_000}}}
    assert (await clients.shop.post("/v1/drafts", json=huge)).status_code == 413


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"{", b'{"unknown": 1}', b'{"content": NaN}'])
async def test_what_has_not_the_shape_of_a_message_is_refused(clients: ApiClients, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await clients.shop.post("/v1/drafts", content=body, headers=headers)).status_code in (400, 422)


@pytest.mark.parametrize(
    "body",
    [{"content": 1}, {"content": {}}, {"content": {"en": []}}, {"audience": [[[]]]}, {"push_time": {}}, {}],
)
async def test_any_parts_are_kept_and_reported(clients: ApiClients, body: dict[str, Any]) -> None:
    draft = await create(clients, body)
    assert draft["message"] == body
    assert draft["title"] is None
    assert draft["problems"]


async def test_drafts_need_the_scope_push(clients: ApiClients) -> None:
    assert (await clients.reader.get("/v1/drafts")).status_code == 403
    assert (await clients.anyone.post("/v1/drafts", json={})).status_code == 401
