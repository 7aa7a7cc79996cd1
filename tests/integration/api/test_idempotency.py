"""A repeated request is answered as the first one was and does nothing more; a key belongs to one
request.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.api.bodies import GOOD, but
from tests.support.api.clients import ApiClients, another
from tests.support.api.failed_message import accepted_message
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock

from pushgate.api.context import ApiContext
from pushgate.apps.catalog import AppCatalog
from pushgate.messages.stored import message_key

KEY = {"Idempotency-Key": "k"}


def without_vendors(context: ApiContext) -> ApiContext:
    shop = replace(context.catalog.apps["shop"], vendors={})
    return replace(context, catalog=AppCatalog(context.stores.registered_apps, {"shop": shop}))


def with_room_for(context: ApiContext, messages: int) -> ApiContext:
    return replace(context, settings=context.settings.model_copy(update={"max_waiting": messages}))


async def waiting(clients: ApiClients) -> int:
    return (await clients.context.stores.message_index.counts())["scheduled"]


def batch_of(count: int, **more: object) -> dict[str, Any]:
    return {"messages": [but(content={"en": {"title": f"t{n}", "body": "b"}}, **more) for n in range(count)]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/messages", but()),
        ("/v1/messages:batch", batch_of(3)),
        ("/v1/messages:batch", {"messages": [but(idempotency_key="own"), but()]}),
    ],
    ids=["single", "batch", "batch with keys of items"],
)
async def test_a_repetition_gets_the_first_answer_whatever_the_clock_or_the_configuration_says(
    clients: ApiClients, clock: SetClock, path: str, body: dict[str, Any]
) -> None:
    at = (clock.now() + timedelta(hours=1)).isoformat()
    items = body.get("messages", [body])
    for item in items:
        item["push_time"] = at
    first = await clients.shop.post(path, json=body, headers=KEY)
    assert first.is_success
    count = await waiting(clients)
    assert count == len(items)
    clock.advance(7200)
    assert (await clients.shop.post(path, json=body, headers=KEY)).content == first.content
    async with another(clients, without_vendors(clients.context)) as shop:
        assert (await shop.post(path, json=body, headers=KEY)).content == first.content
    async with another(clients, with_room_for(clients.context, 1)) as shop:
        assert (await shop.post(path, json=body, headers=KEY)).content == first.content
    assert await waiting(clients) == count


async def test_a_request_that_died_before_it_stored_its_message_is_no_first_answer(
    clients: ApiClients,
) -> None:
    """The record of the key is there, and the message is not: a repetition that would be refused
    now is refused, and one that is accepted stores the message under the id of the record.
    """
    first = await clients.shop.post("/v1/messages", json=GOOD, headers=KEY)
    message_id = first.json()["id"]
    assert await clients.context.stores.messages.exists(message_id)
    await clients.context.redis.delete(message_key(message_id))
    async with another(clients, without_vendors(clients.context)) as shop:
        assert (await shop.post("/v1/messages", json=GOOD, headers=KEY)).status_code == 422
    assert (await clients.shop.post("/v1/messages", json=GOOD, headers=KEY)).content == first.content
    assert await clients.context.stores.messages.exists(message_id)


async def test_the_same_request_may_be_written_in_another_way(clients: ApiClients) -> None:
    first = await clients.shop.post("/v1/messages", json=GOOD, headers=KEY)
    text = '\ufeff{"audience":  {"all": true},\n "content": {"en": {"body": "Today only", "title": "Sale"}}}'
    again = await clients.shop.post(
        "/v1/messages", content=text.encode(), headers={**KEY, "Content-Type": "application/json"}
    )
    assert again.content == first.content


async def test_the_order_of_keys_says_nothing(clients: ApiClients) -> None:
    def content(*names: str) -> dict[str, Any]:
        return {"en": {"title": "t", "body": "b", "data": dict.fromkeys(names, "1")}}

    first = await clients.shop.post("/v1/messages", json=but(content=content("a", "b")), headers=KEY)
    again = await clients.shop.post("/v1/messages", json=but(content=content("b", "a")), headers=KEY)
    assert again.content == first.content
    other = await clients.shop.post("/v1/messages", json=but(content=content("b", "c")), headers=KEY)
    assert other.status_code == 409


async def test_a_key_with_another_request_is_refused_by_every_call(
    clients: ApiClients, clock: SetClock
) -> None:
    at = (clock.now() + timedelta(hours=1)).isoformat()
    message = (await clients.shop.post("/v1/messages", json=but(push_time=at), headers=KEY)).json()["id"]
    calls: list[tuple[str, str, object]] = [
        ("POST", "/v1/messages", but(options={"ttl": 1})),
        ("POST", "/v1/messages", but(audience={})),
        ("POST", "/v1/messages:batch", {"messages": [but(push_time=at)]}),
        ("PATCH", f"/v1/messages/{message}", {"push_time": at}),
        ("POST", f"/v1/messages/{message}/cancel", None),
        ("POST", f"/v1/messages/{message}/recall", None),
        ("POST", f"/v1/messages/{message}/retry", {}),
    ]
    for method, path, body in calls:
        answer = await clients.shop.request(method, path, json=body, headers=KEY)
        assert answer.status_code == 409, (path, answer.text)
        assert answer.json()["code"] == "idempotency_key_reused"
        bad_fields(answer)
    items = {"messages": [{**but(options={"ttl": 1}), "idempotency_key": "k"}]}
    (result,) = (await clients.shop.post("/v1/messages:batch", json=items)).json()["results"]
    assert result["status"] == 409
    read = (await clients.shop.get(f"/v1/messages/{message}")).json()
    assert read["status"] == "scheduled", "nothing was done"
    assert await waiting(clients) == 1


async def test_what_a_batch_could_not_store_is_stored_by_its_repetition(clients: ApiClients) -> None:
    body = batch_of(5)
    body["messages"][1] = but(audience={})
    async with another(clients, with_room_for(clients.context, 2)) as shop:
        first = (await shop.post("/v1/messages:batch", json=body, headers=KEY)).json()["results"]
    assert [result["status"] for result in first] == [202, 422, 202, 429, 429]
    second = (await clients.shop.post("/v1/messages:batch", json=body, headers=KEY)).json()["results"]
    assert [result["status"] for result in second] == [202, 422, 202, 202, 202]
    assert [second[0], second[2]] == [first[0], first[2]]
    assert (await clients.shop.post("/v1/messages:batch", json=body, headers=KEY)).json()["results"] == second
    assert await waiting(clients) == 4
    other = await clients.shop.post("/v1/messages:batch", json=batch_of(5), headers=KEY)
    assert other.status_code == 409


async def test_a_batch_that_was_cut_off_in_the_middle_pushes_nothing_twice(clients: ApiClients) -> None:
    body = batch_of(500)
    call = asyncio.create_task(clients.shop.post("/v1/messages:batch", json=body, headers=KEY))
    async with asyncio.timeout(20):
        while await waiting(clients) < 3:
            pass  # each look is a round to Redis, in turn with those of the call
        while not call.done():
            call.cancel()  # again, for the client of Redis may take one for a lost connection
            await asyncio.sleep(0)
    with suppress(asyncio.CancelledError):
        await call
    assert 3 <= await waiting(clients) < 500
    results = (await clients.shop.post("/v1/messages:batch", json=body, headers=KEY)).json()["results"]
    assert [result["message"]["content"]["en"]["title"] for result in results] == [
        f"t{number}" for number in range(500)
    ]
    assert await waiting(clients) == len({result["message"]["id"] for result in results}) == 500


async def test_batches_at_the_same_time_store_each_message_once(clients: ApiClients) -> None:
    body = batch_of(10)
    answers = await asyncio.gather(
        *(clients.shop.post("/v1/messages:batch", json=body, headers=KEY) for _ in range(8))
    )
    assert len({answer.content for answer in answers}) == 1
    assert await waiting(clients) == 10


async def test_the_same_change_or_retry_at_the_same_time_gets_one_answer(
    clients: ApiClients, clock: SetClock
) -> None:
    at = (clock.now() + timedelta(hours=1)).isoformat()
    scheduled = (await clients.shop.post("/v1/messages", json=but(push_time=at))).json()["id"]
    done = await accepted_message(clients, clock)
    later = (clock.now() + timedelta(hours=2)).isoformat()
    for method, path, body in (
        ("PATCH", f"/v1/messages/{scheduled}", {"push_time": later}),
        ("POST", f"/v1/messages/{done}/retry", {}),
    ):
        headers = {"Idempotency-Key": path}
        answers = await asyncio.gather(
            *(clients.shop.request(method, path, json=body, headers=headers) for _ in range(8))
        )
        assert {answer.status_code for answer in answers} in ({200}, {202}), [a.text for a in answers]
        assert len({answer.content for answer in answers}) == 1


async def test_a_message_has_one_key_in_a_batch_or_alone(clients: ApiClients) -> None:
    item = {**GOOD, "idempotency_key": "k"}
    results = (await clients.shop.post("/v1/messages:batch", json={"messages": [item, item]})).json()[
        "results"
    ]
    assert results[0] == results[1]
    alone = await clients.shop.post("/v1/messages", json=GOOD, headers=KEY)
    assert alone.json() == results[0]["message"]
    assert await waiting(clients) == 1
    wrong = await clients.shop.post("/v1/messages", json=item)
    assert bad_fields(wrong) == {"idempotency_key"}, "a single request has the header"
    bad = {"messages": [{**GOOD, "idempotency_key": "with space"}]}
    (result,) = (await clients.shop.post("/v1/messages:batch", json=bad)).json()["results"]
    assert result["problem"]["errors"][0]["field"] == "idempotency_key"


async def test_a_repeated_change_does_not_undo_a_later_one(clients: ApiClients, clock: SetClock) -> None:
    at = clock.now() + timedelta(hours=1)
    times = [(at + timedelta(hours=n)).isoformat() for n in range(3)]
    message = (await clients.shop.post("/v1/messages", json=but(push_time=times[0]))).json()["id"]
    path = f"/v1/messages/{message}"
    first = await clients.shop.patch(path, json={"push_time": times[1]}, headers=KEY)
    assert first.status_code == 200
    later = await clients.shop.patch(path, json={"push_time": times[2]})
    again = await clients.shop.patch(path, json={"push_time": times[1]}, headers=KEY)
    assert again.content == first.content
    assert (await clients.shop.get(path)).json()["push_time"] == later.json()["push_time"]
    cancelled = await clients.shop.post(f"{path}/cancel", headers={"Idempotency-Key": "c"})
    assert (await clients.shop.post(f"{path}/cancel", headers={"Idempotency-Key": "c"})).content == (
        cancelled.content
    )


async def test_a_repeated_retry_sends_nothing_again(clients: ApiClients, clock: SetClock) -> None:
    message = await accepted_message(clients, clock)
    path = f"/v1/messages/{message}/retry"
    first = await clients.shop.post(path, json={"ttl": 60}, headers=KEY)
    assert first.status_code == 202, first.text
    claimed = await clients.context.stores.claims.claim(clock.now(), timedelta(seconds=15), "s", 9)
    assert len(claimed) == 1
    again = await clients.shop.post(path, json={"ttl": 60}, headers=KEY)
    assert (again.status_code, again.content) == (202, first.content)
    await clients.context.stores.claims.mark_submitted(message, "s", clock.now())
    await clients.context.stores.lifecycle.finish("shop", message)
    assert (await clients.shop.post(path, json={"ttl": 60}, headers=KEY)).content == first.content
    assert (await clients.shop.get(f"/v1/messages/{message}")).json()["status"] == "sent"
    assert (await clients.shop.post(path, json={"ttl": 61}, headers=KEY)).status_code == 409
