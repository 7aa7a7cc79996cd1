"""`GET /v1/audit`: which key did what."""

from datetime import timedelta
from typing import cast

import httpx
import orjson
import pytest
from redis.asyncio import Redis
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock

from pushgate.api.times import format_instant
from pushgate.audit.cursor import Cursor, Order
from pushgate.domain.app import Scope

LARGE = {**GOOD, "audience": {"all": True}}


async def entries(client: httpx.AsyncClient, **params: object) -> list[dict[str, object]]:
    answer = await client.get("/v1/audit", params={name: str(value) for name, value in params.items()})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["entries"]
    return found


async def of_shop(clients: ApiClients, **params: object) -> list[dict[str, object]]:
    return await entries(clients.operator, app="shop", **params)


def targets_of(entry: dict[str, object]) -> list[str]:
    return cast("list[str]", entry["targets"])


def key_id(client: httpx.AsyncClient) -> str:
    return client.headers["authorization"].split("_")[1]


@pytest.mark.parametrize("body", [GOOD, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}], ids=["no key", "idempotent"])
async def test_a_created_message_has_one_entry(
    clients: ApiClients, body: dict[str, object], headers: dict[str, str]
) -> None:
    first = (await clients.shop.post("/v1/messages", json=body, headers=headers)).json()
    if headers:  # a repeated request creates nothing
        await clients.shop.post("/v1/messages", json=body, headers=headers)
    (entry,) = await of_shop(clients, action="message")
    assert entry["action"] == "message.created"
    assert entry["targets"] == [first["id"]]
    assert (entry["key_id"], entry["address"], entry["app"]) == (key_id(clients.shop), "127.0.0.1", "shop")


async def test_a_batch_has_an_entry_for_each_of_its_messages(clients: ApiClients) -> None:
    bad = {**GOOD, "content": {}}
    messages = [GOOD, LARGE, bad, {**GOOD, "idempotency_key": "k"}, {**GOOD, "idempotency_key": "k"}]
    results = (await clients.shop.post("/v1/messages:batch", json={"messages": messages})).json()["results"]
    created = {result["message"]["id"] for result in results if "message" in result}
    assert len(created) == 3
    recorded = await of_shop(clients, action="message.created")
    found = [target for entry in recorded for target in targets_of(entry)]
    assert sorted(found) == sorted(created)
    (entry,) = await of_shop(clients, target=found[0])
    assert found[0] in targets_of(entry)


async def test_what_is_done_to_a_message_is_recorded(clients: ApiClients, clock: SetClock) -> None:
    soon, later = (format_instant(clock.now() + timedelta(days=days)) for days in (1, 2))
    message = (await clients.shop.post("/v1/messages", json={**GOOD, "push_time": soon})).json()["id"]
    path = f"/v1/messages/{message}"
    await clients.shop.patch(path, json={"push_time": later})
    await clients.shop.post(f"{path}:pause")
    await clients.shop.post(f"{path}:resume")
    await clients.shop.post(f"{path}/cancel")
    await clients.shop.post(f"{path}/recall")
    await clients.shop.post(f"/v1/messages/{'0' * 30}/cancel")
    found = [(entry["action"], entry["targets"]) for entry in await of_shop(clients, action="message")]
    actions = ["created", "changed", "paused", "resumed", "cancelled", "recalled"]
    assert found == [(f"message.{action}", [message]) for action in actions]


async def test_what_is_done_to_audiences_is_recorded(clients: ApiClients) -> None:
    await clients.shop.put("/v1/audiences/vip", json={"audience": {"tag": "vip"}})
    await clients.shop.post("/v1/audiences/cold:freeze", json={"audience": {"tag": "vip"}})
    await clients.shop.delete("/v1/audiences/vip")
    await clients.shop.delete("/v1/audiences/nothing")
    found = [(entry["action"], entry["targets"]) for entry in await of_shop(clients, action="audience")]
    assert found == [
        ("audience.saved", ["vip"]),
        ("audience.frozen", ["cold"]),
        ("audience.deleted", ["vip"]),
    ]


async def test_what_is_done_to_templates_is_recorded(clients: ApiClients) -> None:
    for _ in range(2):  # equal content makes no new version
        await clients.shop.put("/v1/templates/welcome", json={"content": GOOD["content"]})
    await clients.shop.delete("/v1/templates/welcome")
    await clients.shop.delete("/v1/templates/welcome")
    found = [(entry["action"], entry["targets"]) for entry in await of_shop(clients, action="template")]
    assert found == [("template.saved", ["welcome"]), ("template.deleted", ["welcome"])]


async def test_what_is_done_to_terminals_and_people_is_recorded_without_their_ids(
    clients: ApiClients,
) -> None:
    line = b'{"id": "t-1", "vendor": "apns", "token": "' + b"ab" * 32 + b'", "user": "alice-7"}\n'
    headers = {"Content-Type": "application/x-ndjson"}
    await clients.shop.post("/v1/terminals:import", content=line, headers=headers)
    await clients.shop.post("/v1/terminals:forget-silent", json={"days": 90, "at_most": 10})
    await clients.shop.patch("/v1/users/alice-7", json={"attributes": {"vip": True}})
    await clients.shop.delete("/v1/users/alice-7")
    found = [entry for entry in await of_shop(clients) if entry["action"] != "key.created"]
    assert [entry["action"] for entry in found] == [
        "terminals.import_begun",
        "terminals.imported",
        "terminals.silent_removal_begun",
        "person.changed",
        "person.erased",
    ]
    assert b"alice" not in orjson.dumps(found)
    assert found[1]["details"] == {"created": 1, "updated": 0}
    of_person = await of_shop(clients, user="alice-7")
    assert [entry["action"] for entry in of_person] == ["person.changed", "person.erased"]


async def test_an_admin_reads_the_log_of_its_app_alone(clients: ApiClients) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    assert all(entry["app"] == "other" for entry in await entries(clients.other))
    assert (await clients.other.get("/v1/audit?app=shop")).status_code == 403


async def test_an_operator_reads_all_logs(clients: ApiClients) -> None:
    await clients.shop.post("/v1/messages", json=GOOD)
    await clients.operator.post("/v1/keys", json={"scopes": ["operator"], "name": "second"})
    found = await entries(clients.operator, order="newest", limit=2)
    assert [(entry["app"], entry["action"]) for entry in found] == [
        (None, "key.created"),
        ("shop", "message.created"),
    ]
    (of_key,) = await entries(clients.operator, key=key_id(clients.shop))
    assert of_key["action"] == "message.created"
    assert (await clients.operator.get("/v1/audit?app=nothing")).status_code == 404


async def test_a_key_keeps_its_name_in_the_log_after_its_end(clients: ApiClients) -> None:
    text = await clients.context.keys.create("shop", [Scope.PUSH], "backend")
    await clients.anyone.post("/v1/messages", json=GOOD, headers={"Authorization": f"Bearer {text}"})
    await clients.context.keys.revoke(text.split("_")[1])
    (entry,) = await of_shop(clients, action="message")
    assert entry["key_name"] == "backend"


async def test_an_export_holds_all_entries_and_says_that_it_is_whole(clients: ApiClients) -> None:
    for _ in range(3):
        await clients.shop.post("/v1/messages", json=GOOD)
    answer = await clients.operator.get("/v1/audit?app=shop", headers={"Accept": "application/x-ndjson"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    *lines, mark = [orjson.loads(line) for line in answer.content.splitlines()]
    assert lines == await of_shop(clients)
    assert mark["export"]["complete"] is True
    await clients.shop.post("/v1/messages", json=GOOD)
    later = await of_shop(clients, after=mark["export"]["after"])
    assert [entry["action"] for entry in later] == ["message.created"]


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({"after": "x"}, {"after"}),
        ({"after": Cursor(Order.NEWEST).text(), "order": "oldest"}, {"order"}),
        ({"limit": "0"}, {"limit"}),
        ({"format": "ndjson", "limit": "5"}, {"limit"}),
        ({"format": "csv"}, {"format"}),
        ({"order": "up"}, {"order"}),
        ({"since": "yesterday"}, {"since"}),
        ({"user": "alice"}, {"app"}),
    ],
)
async def test_a_bad_parameter_is_named(
    clients: ApiClients, params: dict[str, str], fields: set[str]
) -> None:
    answer = await clients.operator.get("/v1/audit", params=params)
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer) == fields


async def test_an_entry_that_cannot_be_read_hides_no_other(clients: ApiClients, redis: Redis) -> None:
    await redis.xadd("{q}:audit:shop", {"e": b"\xc1"})
    await redis.xadd("{shop:0}:audit", {"m": b"\xc1"})
    await clients.shop.post("/v1/messages", json=GOOD)
    assert [entry["action"] for entry in await of_shop(clients)][-1] == "message.created"
