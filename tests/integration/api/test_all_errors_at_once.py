"""A caller learns of all errors at once, up to a limit."""

import json

import pytest
from tests.support.api.bodies import GOOD, but
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields


async def test_a_change_and_a_registration_tell_all_faults_at_once(clients: ApiClients) -> None:
    message = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    change = {
        "push_time": "2020-01-01T00:00:00Z",
        "content": {"xx": {"title": "t", "body": 1}},
        "audience": {},
    }
    refused = await clients.shop.patch(f"/v1/messages/{message}", json=change)
    assert bad_fields(refused) == {"push_time", "content.xx", "content.xx.body", "audience"}
    terminal = {"vendor": "apns", "token": "no-hex", "user": 7}
    for method in ("PUT", "PATCH"):
        assert bad_fields(await clients.shop.request(method, "/v1/terminals/t", json=terminal)) == {
            "token",
            "user",
        }
    lines = json.dumps({**terminal, "id": "t"})
    imported = await clients.shop.post(
        "/v1/terminals:import", content=lines, headers={"Content-Type": "application/x-ndjson"}
    )
    (line,) = imported.json()["errors"]
    assert {error["field"] for error in line["errors"]} == {"token", "user"}


async def test_faults_of_many_tokens_are_listed_up_to_a_bound(clients: ApiClients) -> None:
    many = {"audience": {"tokens": [{"vendor": "apns", "token": "no-hex"}] * 900}}
    for body in (but(**many), but(**many, colour="red")):
        answer = await clients.shop.post("/v1/messages", json=body)
        assert len(answer.json()["errors"]) == 100
        assert "the first 100 are listed" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [b"[" + b"1," * 40_000 + b"1]", b"{" + b",".join(b'"k%d":1' % n for n in range(8_000)) + b"}"],
    ids=["a list of nonsense", "nothing but unknown fields"],
)
async def test_endless_faults_cost_no_endless_answer(clients: ApiClients, body: bytes) -> None:
    for path in ("/v1/callbacks/click", "/v1/messages"):
        answer = await clients.shop.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert len(answer.content) < 20_000
