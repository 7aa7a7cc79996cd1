"""Messages to audience expressions are created, shown and changed."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.support.api.bodies import SHORT_CONTENT, but
from tests.support.api.clients import ApiClients, another
from tests.support.api.problems import bad_fields

from pushgate.domain.audience import ByTerminal, HasTag

NO_MESSAGE = "0" * 30


def later(clients: ApiClients) -> str:
    return (clients.context.clock.now() + timedelta(hours=1)).isoformat()


async def post(clients: ApiClients, audience: dict[str, Any], **more: object) -> dict[str, Any]:
    answer = await clients.shop.post("/v1/messages", json=but(audience=audience, **more))
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def shown(clients: ApiClients, message_id: str, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = (await clients.reader.get(f"/v1/messages/{message_id}{query}")).json()
    return found


async def test_an_expression_is_stored_and_shown_as_it_was_given(clients: ApiClients) -> None:
    earlier = (await post(clients, {"all": True}))["id"]
    audience: dict[str, Any] = {
        "all_of": [
            {"tag": "vip"},
            {"not": {"clicked": earlier}},
            {"any_of": [{"terminals": ["a", "b"]}, {"seen": {"after": "2026-01-01"}}]},
            {"attribute": "plan", "one_of": ["gold", 3, True]},
            {"sample": {"share": 0.5, "of": {"one_per_user": {"language": "zh_hans"}}}},
        ]
    }
    message = await post(clients, audience)
    normal = deepcopy(audience)
    normal["all_of"][4]["sample"]["of"]["one_per_user"]["language"] = "zh-Hans"
    whole = await shown(clients, message["id"], "?include=audience")
    assert whole["audience"] == normal
    normal["all_of"][2]["any_of"][0]["terminals"] = 2
    assert message["audience"] == normal
    assert (await shown(clients, message["id"]))["audience"] == normal
    page = (await clients.reader.get("/v1/messages")).json()["messages"]
    assert normal in [listed["audience"] for listed in page]
    assert "audience.all_of[2].any_of[0].terminals" in [warning["field"] for warning in message["warnings"]]


async def test_a_node_that_names_nothing_is_refused_by_its_path(clients: ApiClients) -> None:
    foreign = await clients.other.post(
        "/v1/messages", json=but(content={"zh-Hans": {"title": "t", "body": "b"}})
    )
    audience = {
        "all_of": [
            {"saved": "nothing"},
            {"any_of": [{"accepted": NO_MESSAGE}, {"not": {"failed": foreign.json()["id"]}}]},
        ]
    }
    answer = await clients.shop.post("/v1/messages", json=but(audience=audience))
    assert answer.status_code == 422
    assert bad_fields(answer) == {
        "audience.all_of[0].saved",
        "audience.all_of[1].any_of[0].accepted",
        "audience.all_of[1].any_of[1].not.failed",
    }
    small = await post(clients, {"terminals": ["t1"]})
    large = await post(clients, {"tag": "vip"})
    await post(clients, {"any_of": [{"targeted": small["id"]}, {"targeted": large["id"]}]})


async def test_a_batch_takes_expressions_beside_lists(clients: ApiClients) -> None:
    audiences: list[dict[str, Any]] = [
        {"tag": "vip"},
        {"terminals": ["t1"]},
        {"any_of": [{"clicked": NO_MESSAGE}]},
        {"any_of": [{"tag": 3}]},
    ]
    answer = await clients.shop.post(
        "/v1/messages:batch", json={"messages": [but(audience=audience) for audience in audiences]}
    )
    results = answer.json()["results"]
    assert [one["status"] for one in results] == [202, 202, 422, 422]
    assert [one["problem"]["errors"][0]["field"] for one in results[2:]] == [
        "audience.any_of[0].clicked",
        "audience.any_of[0].tag",
    ]


async def test_a_repeated_request_gets_its_first_response(clients: ApiClients) -> None:
    headers = {"Idempotency-Key": "k"}
    body = but(audience={"any_of": [{"tag": "vip"}, {"language": "en"}]})
    same = but(audience={"any_of": [{"tag": "vip"}, {"language": "en"}]})
    other = but(audience={"any_of": [{"language": "en"}, {"tag": "vip"}]})
    first = await clients.shop.post("/v1/messages", json=body, headers=headers)
    assert (await clients.shop.post("/v1/messages", json=same, headers=headers)).json() == first.json()
    assert (await clients.shop.post("/v1/messages", json=other, headers=headers)).status_code == 409


async def test_a_large_message_gets_another_audience(clients: ApiClients) -> None:
    message = await post(clients, {"all": True}, push_time=later(clients))
    path = f"/v1/messages/{message['id']}"
    stores = clients.context.stores
    for audience, stored in (
        ({"tag": "vip"}, HasTag("vip")),
        ({"terminals": ["a", "b"]}, ByTerminal(("a", "b"))),
        (
            {"all_of": [{"tag": "vip"}, {"not": {"users": ["u"]}}]},
            None,
        ),
    ):
        answer = await clients.shop.patch(path, json={"audience": audience})
        assert answer.status_code == 200, answer.text
        whole = await shown(clients, message["id"], "?include=audience")
        assert whole["audience"] == audience
        envelope = (await stores.messages.read_envelope("shop", message["id"])).envelope
        pieces = [one async for one in stores.audiences.read(message["id"], envelope.audience)]
        assert stored is None or pieces == [stored]
    assert (await clients.shop.patch(path, json={"audience": {"all": True}})).status_code == 200
    assert (await shown(clients, message["id"], "?include=audience"))["audience"] == {"all": True}


async def test_a_small_message_gets_any_other_audience(clients: ApiClients) -> None:
    message = await post(clients, {"terminals": ["a"]}, push_time=later(clients))
    path = f"/v1/messages/{message['id']}"
    audiences: list[dict[str, Any]] = [
        {"users": ["u"]},
        {"all_of": [{"tag": "vip"}, {"language": "en"}]},
        {"all": True},
        {"terminals": [f"t{number}" for number in range(100)]},
        {"terminals": ["b"]},
    ]
    for audience in audiences:
        answer = await clients.shop.patch(path, json={"audience": audience})
        assert answer.status_code == 200, answer.text
        whole = await shown(clients, message["id"], "?include=audience")
        assert whole["audience"] == audience
        assert whole["id"] == message["id"]


async def test_a_change_of_the_audience_is_checked_like_a_new_one(clients: ApiClients) -> None:
    message = await post(clients, {"all": True}, push_time=later(clients))
    path = f"/v1/messages/{message['id']}"
    for audience, field in (
        ({"tag": 3}, "audience.tag"),
        ({"saved": "nothing"}, "audience.saved"),
        ({"not": {"clicked": message["id"]}}, "audience.not.clicked"),
        ({"terminals": ["a"] * 1001}, "audience.terminals"),
        ({"tokens": [{"vendor": "apns", "token": "no-hex"}]}, "audience.tokens.0.token"),
        ({}, "audience"),
    ):
        answer = await clients.shop.patch(path, json={"audience": audience})
        assert answer.status_code == 422, answer.text
        assert bad_fields(answer) == {field}
    assert (await shown(clients, message["id"]))["audience"] == {"all": True}


async def test_a_message_may_require_its_audience(clients: ApiClients) -> None:
    terminal = {"vendor": "apns", "token": "a1" * 32, "language": "en"}
    assert (await clients.shop.put("/v1/terminals/known", json=terminal)).status_code == 201
    strict = {"options": {"require_audience": True}}
    for audience, field in (
        ({"terminals": ["known", "lost"]}, "audience.terminals"),
        ({"users": ["lost"]}, "audience.users"),
        ({"any_of": [{"language": "en"}, {"terminals": ["lost"]}]}, "audience.any_of[1].terminals"),
        ({"sample": {"share": 1, "of": {"tag": "vip"}}}, "audience"),
    ):
        answer = await clients.shop.post("/v1/messages", json=but(audience=audience, **strict))
        assert answer.status_code == 422, answer.text
        assert bad_fields(answer) == {field}
        batch = {"messages": [but(audience=audience, **strict), but(audience={"terminals": ["known"]})]}
        results = (await clients.shop.post("/v1/messages:batch", json=batch)).json()["results"]
        assert [one["status"] for one in results] == [422, 202]
        assert results[0]["problem"]["errors"][0]["field"] == field
    message = await post(clients, {"terminals": ["known"]}, push_time=later(clients), **strict)
    assert message["options"]["require_audience"] is True
    path = f"/v1/messages/{message['id']}"
    answer = await clients.shop.patch(path, json={"audience": {"terminals": ["lost"]}})
    assert (answer.status_code, bad_fields(answer)) == (422, {"audience.terminals"})
    assert (await clients.shop.patch(path, json={"content": SHORT_CONTENT})).status_code == 200


async def test_all_of_a_long_list_is_looked_up_where_the_audience_is_required(clients: ApiClients) -> None:
    context = clients.context
    room = replace(context, settings=context.settings.model_copy(update={"max_audience": 3000}))
    async with another(clients, room) as shop:
        body = but(
            audience={"terminals": [f"t{number}" for number in range(1500)]},
            options={"require_audience": True},
        )
        answer = await shop.post("/v1/messages", json=body)
    (error,) = answer.json()["errors"]
    assert error["message"].startswith("1500 of 1500 terminals are not registered")


async def test_a_simple_expression_that_holds_nobody_is_warned_of(clients: ApiClients) -> None:
    terminal = {"vendor": "apns", "token": "a1" * 32, "language": "en", "tags": ["vip"]}
    await clients.shop.put("/v1/terminals/known", json=terminal)
    for audience, is_empty in (
        ({"tag": "vip"}, False),
        ({"all_of": [{"tag": "vip"}, {"not": {"language": "en"}}]}, True),
        ({"one_per_user": {"tag": "lost"}}, False),  # not simple, so not looked at
    ):
        warnings = (await post(clients, audience))["warnings"]
        assert ("audience" in [warning["field"] for warning in warnings]) == is_empty, audience


async def test_a_vendor_that_the_app_lacks_is_warned_of(clients: ApiClients) -> None:
    body = but(
        content={"zh-Hans": {"title": "t", "body": "b"}},
        audience={"any_of": [{"vendor": "apns"}, {"not": {"vendor": "fcm"}}]},
    )
    warnings = (await clients.other.post("/v1/messages", json=body)).json()["warnings"]
    told = {warning["field"]: warning["message"] for warning in warnings}
    assert "audience.any_of[0].vendor" not in told
    assert told["audience.any_of[1].not.vendor"].startswith("the app is not set up for fcm")


async def test_a_refusal_for_the_audience_does_not_hide_the_first_response(clients: ApiClients) -> None:
    terminal = {"vendor": "apns", "token": "a1" * 32, "language": "en"}
    await clients.shop.put("/v1/terminals/known", json=terminal)
    body = but(audience={"terminals": ["known"]}, options={"require_audience": True})
    headers = {"Idempotency-Key": "k"}
    first = await clients.shop.post("/v1/messages", json=body, headers=headers)
    await clients.shop.delete("/v1/terminals/known")
    again = await clients.shop.post("/v1/messages", json=body, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())


async def test_push_tokens_that_a_named_message_brought_are_warned_of(clients: ApiClients) -> None:
    one = await post(clients, {"tokens": [{"vendor": "apns", "token": "a1" * 32}]})
    tokens = [{"vendor": "apns", "token": f"{number:064x}"} for number in range(70)]
    many = await post(clients, {"tokens": tokens})
    listed = await post(clients, {"terminals": ["t1"]})
    audience = {
        "any_of": [{"clicked": one["id"]}, {"not": {"failed": many["id"]}}, {"clicked": listed["id"]}]
    }
    wanted = [
        ("audience.any_of[0].clicked", "1 push token"),
        ("audience.any_of[1].not.failed", "70 push tokens"),
    ]
    counted = await clients.shop.post("/v1/audience:count", json={"audience": audience})
    for found in ((await post(clients, audience))["warnings"], counted.json()["warnings"]):
        of_audience = [one for one in found if one["field"].startswith("audience")]
        named = [
            (one["field"], one["message"].partition("brought ")[2].partition(",")[0]) for one in of_audience
        ]
        assert named == wanted
    body = but(audience=audience, options={"require_audience": True})
    refused = await clients.shop.post("/v1/messages", json=body)
    assert {"audience.any_of[0].clicked", "audience.any_of[1].not.failed"} <= bad_fields(refused)
