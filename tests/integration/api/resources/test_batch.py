"""A batch has a result for each of its messages."""

import asyncio
from typing import Any

import pytest
from tests.support.api.bodies import GOOD, but
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields


async def test_each_message_of_a_batch_has_its_own_result(clients: ApiClients) -> None:
    bad = {**GOOD, "audience": {}}
    answer = await clients.shop.post("/v1/messages:batch", json={"messages": [GOOD, bad, GOOD]})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [202, 422, 202]
    assert results[1]["problem"]["errors"][0]["field"] == "audience"
    listed = (await clients.shop.get("/v1/messages")).json()["messages"]
    assert {item["id"] for item in listed} == {results[0]["message"]["id"], results[2]["message"]["id"]}


async def test_one_bad_item_of_a_batch_does_not_hide_what_became_of_the_others(clients: ApiClients) -> None:
    bad = but(options={"huawei": {"badge_add": 10**30}})
    results = (await clients.shop.post("/v1/messages:batch", json={"messages": [GOOD, bad]})).json()[
        "results"
    ]
    assert [result["status"] for result in results] == [202, 422]


async def test_a_batch_gives_way_to_other_requests(clients: ApiClients) -> None:
    """Nothing of this batch is stored, so nothing of it waits for an engine."""
    bad = {**GOOD, "audience": {}}
    call = asyncio.create_task(clients.shop.post("/v1/messages:batch", json={"messages": [bad] * 1000}))
    turns = 0
    while not call.done():
        await asyncio.sleep(0)
        turns += 1
    assert (await call).json()["results"][-1]["status"] == 422
    assert turns > 1000 // 64


@pytest.mark.parametrize(
    "body", [{}, {"messages": []}, {"messages": 3}, {"messages": [], "more": 1}, {"messages": [{}] * 1001}]
)
async def test_a_bad_batch_is_refused_whole(clients: ApiClients, body: dict[str, Any]) -> None:
    answer = await clients.shop.post("/v1/messages:batch", json=body)
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer)


async def test_a_bad_item_is_refused_for_what_is_wrong_with_it_though_a_later_one_has_its_key(
    clients: ApiClients,
) -> None:
    good = but(audience={"terminals": ["a"]}, idempotency_key="k")
    bad = but(audience={"terminals": ["a"]}, idempotency_key="k", push_time="2001-01-01T00:00:00Z")
    answer = await clients.shop.post("/v1/messages:batch", json={"messages": [bad, good]})
    assert [result["status"] for result in answer.json()["results"]] == [422, 202]
