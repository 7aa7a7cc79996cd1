"""Many terminals are registered at once, each with a result of its own."""

from typing import Any

import pytest
from tests.support.api.bodies import token
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

URL = "/v1/terminals:batch"


def item(number: int, **fields: object) -> dict[str, Any]:
    return {"id": f"t{number}", "vendor": "apns", "token": token(number), **fields}


async def post(clients: ApiClients, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = await clients.shop.post(URL, json={"terminals": items})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def test_each_registration_has_its_result_in_order(clients: ApiClients) -> None:
    await clients.shop.put("/v1/terminals/t2", json={"vendor": "apns", "token": token(9), "user": "ann"})
    bad = item(3, attributes={"plan": []}, last_seen="2099-01-01T00:00:00Z")
    results = await post(clients, [item(1, tags=["vip"]), bad, item(2), item(4, vendor="nokia")])
    assert [result["status"] for result in results] == [201, 422, 200, 422]
    assert [error["field"] for error in results[1]["problem"]["errors"]] == ["attributes.plan", "last_seen"]
    for result in (results[0], results[2]):
        stored = await clients.shop.get(f"/v1/terminals/{result['terminal']['id']}")
        assert stored.json() | {"warnings": []} == result["terminal"]
    assert results[2]["terminal"]["user"] is None, "it was replaced"
    assert (await clients.shop.get("/v1/terminals/t3")).status_code == 404


async def test_of_several_registrations_of_one_terminal_the_last_counts(clients: ApiClients) -> None:
    results = await post(clients, [item(1, user="ann"), item(1, user="bob")])
    assert [result["status"] for result in results] == [201, 200]
    assert (await clients.shop.get("/v1/terminals/t1")).json()["user"] == "bob"


async def test_a_token_that_comes_twice_belongs_to_the_last_terminal(clients: ApiClients) -> None:
    results = await post(clients, [item(1), {**item(1), "id": "t2"}])
    assert [result["status"] for result in results] == [201, 201]
    assert (await clients.shop.get("/v1/terminals/t1")).status_code == 404
    assert (await clients.shop.get("/v1/terminals/t2")).status_code == 200


async def test_a_key_that_comes_twice_in_an_item_is_refused_there(clients: ApiClients) -> None:
    text = f'{{"terminals":[{{"id":"t1","vendor":"apns","token":"{token(1)}","user":"a","user":"b"}}]}}'
    answer = await clients.shop.post(URL, content=text, headers={"content-type": "application/json"})
    (result,) = answer.json()["results"]
    assert [error["field"] for error in result["problem"]["errors"]] == ["user"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"terminals": 3}, "body"),
        ({"terminals": [], "more": 1}, "more"),
        ({"terminals": []}, "terminals"),
        ({"terminals": [{}] * 1001}, "terminals"),
    ],
)
async def test_a_bad_batch_is_refused_whole(clients: ApiClients, body: dict[str, Any], field: str) -> None:
    answer = await clients.shop.post(URL, json=body)
    assert answer.status_code == 422
    assert bad_fields(answer) == {field}


async def test_only_keys_for_terminals_register(clients: ApiClients) -> None:
    assert (await clients.reader.post(URL, json={"terminals": [item(1)]})).status_code == 403
    assert (await clients.anyone.post(URL, json={"terminals": [item(1)]})).status_code == 401
