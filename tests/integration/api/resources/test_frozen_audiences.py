"""Audiences are frozen through the API."""

from typing import Any

import httpx
import pytest
from tests.support.api.bodies import but
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.freezing.freezing import MAX_AT_ONCE

APP = App("shop")
VIP = {"tag": "vip"}
PATH = "/v1/audiences/then"


@pytest.fixture(autouse=True)
async def terminals(clients: ApiClients) -> None:
    await register(clients, 3)


async def register(clients: ApiClients, count: int) -> None:
    found = [Terminal(f"t{n}", "apns", f"k{n}", "en", tags=("vip",)) for n in range(count)]
    await clients.context.stores.registry.register(APP, found)


async def freeze(clients: ApiClients, audience: dict[str, Any]) -> httpx.Response:
    return await clients.shop.post(f"{PATH}:freeze", json={"audience": audience})


async def count(clients: ApiClients, audience: dict[str, Any]) -> int:
    answer = await clients.shop.post("/v1/audience:count", json={"audience": audience})
    total: int = answer.json()["total"]
    return total


async def test_a_frozen_audience_keeps_its_terminals_when_others_come(clients: ApiClients) -> None:
    audience = {"all_of": [VIP, {"not": {"terminals": ["t0"]}}]}
    frozen = await freeze(clients, audience)
    assert frozen.status_code == 201, frozen.text
    body = frozen.json()
    assert body.pop("warnings") == []
    assert body["frozen"]["of"] == {"all_of": [VIP, {"not": {"terminals": 1}}]}
    assert {key: body["frozen"][key] for key in ("status", "terminals", "marked")} == {
        "status": "frozen",
        "terminals": 2,
        "marked": 2,
    }
    assert (await clients.reader.get(PATH)).json() == body
    await register(clients, 6)
    assert (await count(clients, {"saved": "then"}), await count(clients, VIP)) == (2, 6)
    listed = (await clients.reader.get("/v1/audiences")).json()["audiences"]
    assert [row["audience"] for row in listed] == [body["audience"]]
    created = await clients.shop.post("/v1/messages", json=but(audience={"saved": "then"}))
    assert created.status_code == 202, created.text
    assert (await freeze(clients, VIP)).status_code == 200
    assert await count(clients, {"saved": "then"}) == 6


async def test_many_terminals_are_marked_later(clients: ApiClients) -> None:
    await register(clients, MAX_AT_ONCE + 1)
    answer = await freeze(clients, VIP)
    assert answer.status_code == 202, answer.text
    shown = (await clients.reader.get(PATH)).json()
    assert (shown["frozen"]["status"], shown["frozen"]["terminals"]) == ("freezing", MAX_AT_ONCE + 1)
    assert shown["frozen"]["marked"] == 0
    for refused in (await freeze(clients, VIP), await clients.shop.put(PATH, json={"audience": VIP})):
        assert refused.status_code == 409
    message = await clients.shop.post("/v1/messages", json=but(audience={"saved": "then"}))
    assert bad_fields(message) == {"audience.saved"}
    assert (await clients.shop.delete(PATH)).status_code == 204
    assert (await clients.reader.get(PATH)).status_code == 404
    assert (await clients.shop.put(PATH, json={"audience": VIP})).status_code == 201


async def test_a_rule_may_take_the_place_of_a_frozen_audience(clients: ApiClients) -> None:
    await freeze(clients, VIP)
    changed = await clients.shop.put(PATH, json={"audience": VIP})
    assert (changed.status_code, changed.json()["frozen"]) == (200, None)
    assert (await clients.reader.get(PATH)).json()["frozen"] is None


async def test_only_freezing_makes_a_frozen_audience(clients: ApiClients) -> None:
    key = (await freeze(clients, VIP)).json()["audience"]["frozen"]
    for path in ("/v1/audiences/other", "/v1/audiences/other:freeze"):
        method = "POST" if path.endswith("freeze") else "PUT"
        answer = await clients.shop.request(method, path, json={"audience": {"frozen": key}})
        assert (answer.status_code, bad_fields(answer)) == (422, {"audience.frozen"})
    answer = await clients.shop.post("/v1/messages", json=but(audience={"not": {"frozen": key}}))
    assert bad_fields(answer) == {"audience.not.frozen"}


async def test_what_cannot_be_frozen_is_refused(clients: ApiClients) -> None:
    for audience, field in (
        ({"clicked": "0" * 30}, "audience.clicked"),
        ({"saved": "lost"}, "audience.saved"),
        ({"tokens": [{"vendor": "apns", "token": "a1" * 32}]}, "audience.tokens"),
    ):
        answer = await freeze(clients, audience)
        assert (answer.status_code, bad_fields(answer)) == (422, {field})
    assert (await clients.reader.post(f"{PATH}:freeze", json={"audience": VIP})).status_code == 403
    assert (await clients.other.get(PATH)).status_code == 404
