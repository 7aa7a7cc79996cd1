"""Saved audiences through the API."""

from datetime import timedelta

from tests.support.api.bodies import but
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

RULE = {"all_of": [{"tag": "vip"}, {"not": {"terminals": ["a", "b"]}}]}


async def test_an_audience_is_saved_shown_listed_and_deleted(clients: ApiClients) -> None:
    saved = await clients.shop.put("/v1/audiences/vip", json={"audience": RULE})
    assert saved.status_code == 201, saved.text
    body = saved.json()
    assert [warning["field"] for warning in body.pop("warnings")] == ["audience.all_of[1].not.terminals"]
    assert body["audience"] == RULE
    assert (body["names"], body["named_by"]) == ([], [])
    assert (await clients.shop.put("/v1/audiences/vip", json={"audience": RULE})).status_code == 200
    fans = await clients.shop.put("/v1/audiences/fans", json={"audience": {"not": {"saved": "vip"}}})
    assert fans.json()["names"] == ["vip"]
    assert (await clients.reader.get("/v1/audiences/vip")).json()["named_by"] == ["fans"]
    first = (await clients.reader.get("/v1/audiences?limit=1")).json()
    assert [row["name"] for row in first["audiences"]] == ["fans"]
    rest = (await clients.reader.get(f"/v1/audiences?limit=1&cursor={first['next_cursor']}")).json()
    assert rest["audiences"][0]["audience"]["all_of"][1] == {"not": {"terminals": 2}}
    assert rest["next_cursor"] is None
    refused = await clients.shop.delete("/v1/audiences/vip")
    assert refused.status_code == 409
    assert "fans" in refused.json()["detail"]
    for name in ("fans", "vip"):
        assert (await clients.shop.delete(f"/v1/audiences/{name}")).status_code == 204
        assert (await clients.shop.delete(f"/v1/audiences/{name}")).status_code == 404
        assert (await clients.reader.get(f"/v1/audiences/{name}")).status_code == 404


async def test_a_rule_that_holds_nobody_now_is_warned_of_as_in_a_message(clients: ApiClients) -> None:
    body = {"audience": {"tag": "nobody-has-this"}}
    for answer in (
        await clients.shop.put("/v1/audiences/nobody", json=body),
        await clients.shop.post("/v1/audiences/nobody-now:freeze", json=body),
    ):
        assert answer.status_code == 201
        (warning,) = answer.json()["warnings"]
        assert warning["field"] == "audience"
        assert warning["message"].startswith("holds none of the app's terminals now")


async def test_errors_name_the_node(clients: ApiClients) -> None:
    for audience, field in (
        ({"tag": 3}, "audience.tag"),
        ({"any_of": [{"saved": "lost"}]}, "audience.any_of[0].saved"),
        ({"clicked": "0" * 30}, "audience.clicked"),
        ({"tokens": [{"vendor": "apns", "token": "a1" * 32}]}, "audience.tokens"),
        ([], "audience"),
    ):
        answer = await clients.shop.put("/v1/audiences/x", json={"audience": audience})
        assert answer.status_code == 422, answer.text
        assert bad_fields(answer) == {field}
    for path, body, field in (
        ("/v1/audiences/a b", {"audience": {"tag": "x"}}, "name"),
        ("/v1/audiences/x", {}, "audience"),
        ("/v1/audiences/x", {"audience": {"tag": "x"}, "colour": 1}, "colour"),
    ):
        answer = await clients.shop.put(path, json=body)
        assert (answer.status_code, bad_fields(answer)) == (422, {field})


async def test_apps_do_not_see_each_others_audiences(clients: ApiClients) -> None:
    await clients.shop.put("/v1/audiences/vip", json={"audience": {"tag": "vip"}})
    assert (await clients.other.get("/v1/audiences/vip")).status_code == 404
    assert (await clients.other.get("/v1/audiences")).json() == {"audiences": [], "next_cursor": None}
    answer = await clients.other.post(
        "/v1/messages", json=but(content={"zh-Hans": {"title": "t", "body": "b"}}, audience={"saved": "vip"})
    )
    assert bad_fields(answer) == {"audience.saved"}


async def test_changing_needs_the_scope_push(clients: ApiClients) -> None:
    assert (await clients.reader.get("/v1/audiences")).status_code == 200
    body = {"audience": {"tag": "vip"}}
    assert (await clients.reader.put("/v1/audiences/vip", json=body)).status_code == 403
    assert (await clients.reader.delete("/v1/audiences/vip")).status_code == 403


async def test_a_scheduled_message_holds_the_audience_that_it_names(clients: ApiClients) -> None:
    await clients.shop.put("/v1/audiences/vip", json={"audience": {"tag": "vip"}})
    later = (clients.context.clock.now() + timedelta(hours=1)).isoformat()
    ids: list[str] = []
    for audience in ({"saved": "vip"}, {"terminals": ["t1"]}, {"terminals": ["t2"]}):
        created = await clients.shop.post("/v1/messages", json=but(audience=audience, push_time=later))
        ids.append(created.json()["id"])
    changed = await clients.shop.patch(f"/v1/messages/{ids[1]}", json={"audience": {"saved": "vip"}})
    assert changed.status_code == 200
    refused = await clients.shop.delete("/v1/audiences/vip")
    assert refused.status_code == 409
    assert all(message_id in refused.json()["detail"] for message_id in ids[:2])
    await clients.shop.post(f"/v1/messages/{ids[0]}/cancel")
    await clients.shop.patch(f"/v1/messages/{ids[1]}", json={"audience": {"terminals": ["t1"]}})
    await clients.shop.patch(f"/v1/messages/{ids[2]}", json={"audience": {"saved": "vip"}})
    assert (await clients.shop.delete("/v1/audiences/vip")).status_code == 409
    await clients.shop.post(f"/v1/messages/{ids[2]}/cancel")
    assert (await clients.shop.delete("/v1/audiences/vip")).status_code == 204
