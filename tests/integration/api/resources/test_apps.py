"""Apps through the API: made, changed, shown and listed while everything runs."""

from datetime import timedelta

import httpx
from tests.support.api.application import create
from tests.support.api.clients import ApiClients
from tests.support.api.contract import client_of
from tests.support.api.problems import bad_fields

from pushgate.domain.app import Scope

MESSAGE = {"content": {"en": {"title": "T", "body": "B"}}, "audience": {"all": True}}


async def keyed(clients: ApiClients, app: str, *scopes: Scope) -> httpx.AsyncClient:
    """A client with a new key of the app."""
    key = await clients.context.keys.create(app, scopes)
    return client_of(create(clients.context), {"Authorization": f"Bearer {key}"})


async def test_an_app_is_made_used_changed_and_shown(clients: ApiClients) -> None:
    operator = clients.operator
    made = await operator.put("/v1/apps/fresh", json={"default_language": "ja", "shards": 4})
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["app"], body["source"], body["revision"], body["vendors"]) == ("fresh", "api", 1, [])
    assert body["settings"]["default_language"] == "ja"
    assert body["settings"]["silent_after"] is None, "what is not set has its default"
    async with await keyed(clients, "fresh", Scope.PUSH, Scope.ADMIN) as fresh:
        sent = await fresh.post("/v1/messages", json=MESSAGE)
        assert "the app has no vendor" in sent.text
        assert (await fresh.get("/v1/apps/fresh")).json() == body
    again = await operator.put("/v1/apps/fresh", json={"default_language": "ja", "shards": 4})
    assert (again.status_code, again.json()["revision"]) == (200, 1), "nothing has changed"
    changed = await operator.patch("/v1/apps/fresh", json={"silent_after": "P90D", "default_language": None})
    assert changed.status_code == 200, changed.text
    settings = changed.json()["settings"]
    assert (settings["silent_after"], settings["default_language"], settings["shards"]) == ("P90D", "en", 4)
    assert clients.context.catalog.apps["fresh"].silent_after == timedelta(days=90)


async def test_bad_settings_are_refused_field_by_field(clients: ApiClients) -> None:
    for body, fields in (
        ({"shards": 0}, {"shards"}),
        ({"shards": True}, {"shards"}),
        ({"silent_after": "P1D", "default_language": "?!"}, {"silent_after"}),
        ({"default_language": "?!"}, {"default_language"}),
        ({"apns": {}, "colour": 1}, {"apns", "colour"}),
        ({"public_id": "pga_other_12345678"}, {"public_id"}),
        ([], {"body"}),
    ):
        answer = await clients.operator.put("/v1/apps/fresh", json=body)
        assert (answer.status_code, bad_fields(answer)) == (422, fields), answer.text
    for name in ("UPPER", "-a", "a" * 33, "operator", "a_b"):
        answer = await clients.operator.put(f"/v1/apps/{name}", json={})
        assert (answer.status_code, bad_fields(answer)) == (422, {"app"}), answer.text
    assert (await clients.operator.get("/v1/apps/fresh")).status_code == 404


async def test_the_number_of_shards_is_fixed(clients: ApiClients) -> None:
    assert (await clients.operator.put("/v1/apps/fresh", json={"shards": 4})).status_code == 201
    for call in (
        clients.operator.put("/v1/apps/fresh", json={}),
        clients.operator.patch("/v1/apps/fresh", json={"shards": 8}),
    ):
        answer = await call
        assert (answer.status_code, "created with 4" in answer.json()["detail"]) == (409, True), answer.text


async def test_an_app_of_the_file_is_shown_and_not_changed(clients: ApiClients) -> None:
    shown = await clients.operator.get("/v1/apps/other")
    assert shown.status_code == 200
    assert (shown.json()["source"], shown.json()["settings"]["default_language"]) == ("file", "zh-Hans")
    for answer in (
        await clients.operator.put("/v1/apps/other", json={}),
        await clients.operator.patch("/v1/apps/other", json={}),
        await clients.operator.delete("/v1/apps/other?confirm=other"),
        await clients.operator.put("/v1/apps/other/vendors/xiaomi", json={}),
        await clients.other.delete("/v1/apps/other/vendors/apns"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "app_in_file"), answer.text


async def test_apps_are_for_operators_and_an_apps_own_admins(clients: ApiClients) -> None:
    await clients.operator.put("/v1/apps/fresh", json={})
    for method, path, body in (
        ("GET", "/v1/apps", None),
        ("PUT", "/v1/apps/fresh", {}),
        ("PATCH", "/v1/apps/fresh", {}),
        ("DELETE", "/v1/apps/fresh?confirm=fresh", None),
    ):
        for client, status in ((clients.anyone, 401), (clients.shop, 403), (clients.other, 403)):
            assert (await client.request(method, path, json=body)).status_code == status
    assert (await clients.other.get("/v1/apps/other")).status_code == 200
    assert (await clients.shop.get("/v1/apps/shop")).status_code == 403, "the key lacks admin"
    strange, unknown = await clients.other.get("/v1/apps/fresh"), await clients.other.get("/v1/apps/nobody")
    assert strange.status_code == 403
    assert strange.json() == unknown.json(), "whether an app exists is nobody else's business"


async def test_apps_are_listed_by_name(clients: ApiClients) -> None:
    for name in ("beta", "zeta"):
        await clients.operator.put(f"/v1/apps/{name}", json={})
    first = (await clients.operator.get("/v1/apps?limit=3")).json()
    assert [one["app"] for one in first["apps"]] == ["beta", "other", "shop"]
    rest = (await clients.operator.get(f"/v1/apps?cursor={first['next_cursor']}")).json()
    assert ([one["app"] for one in rest["apps"]], rest["next_cursor"]) == (["zeta"], None)


async def test_an_app_is_deleted_only_by_its_name(clients: ApiClients) -> None:
    await clients.operator.put("/v1/apps/fresh", json={})
    for query in ("", "?confirm=", "?confirm=shop"):
        answer = await clients.operator.delete(f"/v1/apps/fresh{query}")
        assert (answer.status_code, bad_fields(answer)) == (422, {"confirm"})
    assert (await clients.operator.delete("/v1/apps/nobody?confirm=nobody")).status_code == 404
    async with await keyed(clients, "fresh", Scope.PUSH) as fresh:
        deleted = await clients.operator.delete("/v1/apps/fresh?confirm=fresh")
        assert deleted.status_code == 202
        assert deleted.json()["deleting_since"]
        assert (await fresh.post("/v1/messages", json=MESSAGE)).status_code == 401, "its keys are revoked"
    assert (await clients.operator.get("/v1/apps/fresh")).json()["deleting_since"]
    for answer in (
        await clients.operator.put("/v1/apps/fresh", json={}),
        await clients.operator.put("/v1/apps/fresh/vendors/xiaomi", json={}),
    ):
        assert (answer.status_code, "being deleted" in answer.json()["detail"]) == (409, True)


async def test_changes_are_in_the_audit_log(clients: ApiClients) -> None:
    operator = clients.operator
    await operator.put("/v1/apps/fresh", json={})
    await operator.put("/v1/apps/fresh", json={"default_language": "de"})
    await operator.patch("/v1/apps/fresh", json={"silent_after": "P90D"})
    await operator.delete("/v1/apps/fresh?confirm=fresh")
    redis = clients.context.redis
    logged = [str(await redis.xrange(f"{{q}}:audit:{app}")) for app in ("fresh", "")]
    assert [
        text.count(action) for text in logged for action in ("app.created", "app.changed", "app.deleted")
    ] == [
        *(1, 2, 0),
        *(0, 0, 1),
    ]
