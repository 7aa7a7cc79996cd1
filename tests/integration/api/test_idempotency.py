"""A repeated request is answered as the first one was and does nothing more; a key belongs to one request."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.api.bodies import GOOD, but
from tests.support.api.door import Door, another
from tests.support.api.failed_message import sent
from tests.support.api.problems import named
from tests.support.clock import SetClock

from pushgate.api.context import ApiContext
from pushgate.apps.catalog import AppCatalog

KEY = {"Idempotency-Key": "k"}


def without_vendors(front: ApiContext) -> ApiContext:
    shop = replace(front.catalog.apps["shop"], vendors={})
    return replace(front, catalog=AppCatalog(front.stores.registry, {"shop": shop}))


def with_room_for(front: ApiContext, messages: int) -> ApiContext:
    return replace(front, settings=front.settings.model_copy(update={"max_waiting": messages}))


async def waiting(door: Door) -> int:
    return (await door.front.stores.messages.depth())["scheduled"]


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
    door: Door, clock: SetClock, path: str, body: dict[str, Any]
) -> None:
    at = (clock.now() + timedelta(hours=1)).isoformat()
    items = body.get("messages", [body])
    for item in items:
        item["push_time"] = at
    first = await door.shop.post(path, json=body, headers=KEY)
    assert first.is_success
    count = await waiting(door)
    assert count == len(items)
    clock.advance(7200)
    assert (await door.shop.post(path, json=body, headers=KEY)).content == first.content
    async with another(door, without_vendors(door.front)) as shop:
        assert (await shop.post(path, json=body, headers=KEY)).content == first.content
    async with another(door, with_room_for(door.front, 1)) as shop:
        assert (await shop.post(path, json=body, headers=KEY)).content == first.content
    assert await waiting(door) == count


async def test_the_same_request_may_be_written_in_another_way(door: Door) -> None:
    first = await door.shop.post("/v1/messages", json=GOOD, headers=KEY)
    text = '\ufeff{"audience":  {"all": true},\n "content": {"en": {"body": "Today only", "title": "Sale"}}}'
    again = await door.shop.post(
        "/v1/messages", content=text.encode(), headers={**KEY, "Content-Type": "application/json"}
    )
    assert again.content == first.content


async def test_a_key_with_another_request_is_refused_by_every_call(door: Door, clock: SetClock) -> None:
    at = (clock.now() + timedelta(hours=1)).isoformat()
    message = (await door.shop.post("/v1/messages", json=but(push_time=at), headers=KEY)).json()["id"]
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
        answer = await door.shop.request(method, path, json=body, headers=KEY)
        assert answer.status_code == 409, (path, answer.text)
        assert answer.json()["code"] == "idempotency_key_reused"
        named(answer)
    items = {"messages": [{**but(options={"ttl": 1}), "idempotency_key": "k"}]}
    (result,) = (await door.shop.post("/v1/messages:batch", json=items)).json()["results"]
    assert result["status"] == 409
    read = (await door.shop.get(f"/v1/messages/{message}")).json()
    assert read["status"] == "scheduled", "nothing was done"
    assert await waiting(door) == 1


async def test_what_a_batch_could_not_store_is_stored_by_its_repetition(door: Door) -> None:
    body = batch_of(5)
    body["messages"][1] = but(audience={})
    async with another(door, with_room_for(door.front, 2)) as shop:
        first = (await shop.post("/v1/messages:batch", json=body, headers=KEY)).json()["results"]
    assert [result["status"] for result in first] == [202, 422, 202, 429, 429]
    second = (await door.shop.post("/v1/messages:batch", json=body, headers=KEY)).json()["results"]
    assert [result["status"] for result in second] == [202, 422, 202, 202, 202]
    assert [second[0], second[2]] == [first[0], first[2]]
    assert (await door.shop.post("/v1/messages:batch", json=body, headers=KEY)).json()["results"] == second
    assert await waiting(door) == 4
    other = await door.shop.post("/v1/messages:batch", json=batch_of(5), headers=KEY)
    assert other.status_code == 409


async def test_a_batch_that_was_cut_off_in_the_middle_pushes_nothing_twice(door: Door) -> None:
    body = batch_of(500)
    call = asyncio.create_task(door.shop.post("/v1/messages:batch", json=body, headers=KEY))
    async with asyncio.timeout(20):
        while await waiting(door) < 3:
            pass  # each look is a round to Redis, in turn with those of the call
        while not call.done():
            call.cancel()  # again, for the client of Redis may take one for a lost connection
            await asyncio.sleep(0)
    with suppress(asyncio.CancelledError):
        await call
    assert 3 <= await waiting(door) < 500
    results = (await door.shop.post("/v1/messages:batch", json=body, headers=KEY)).json()["results"]
    assert [result["message"]["content"]["en"]["title"] for result in results] == [
        f"t{number}" for number in range(500)
    ]
    assert await waiting(door) == len({result["message"]["id"] for result in results}) == 500


async def test_batches_at_the_same_time_store_each_message_once(door: Door) -> None:
    body = batch_of(10)
    answers = await asyncio.gather(
        *(door.shop.post("/v1/messages:batch", json=body, headers=KEY) for _ in range(8))
    )
    assert len({answer.content for answer in answers}) == 1
    assert await waiting(door) == 10


async def test_the_same_change_or_retry_at_the_same_time_gets_one_answer(door: Door, clock: SetClock) -> None:
    at = (clock.now() + timedelta(hours=1)).isoformat()
    scheduled = (await door.shop.post("/v1/messages", json=but(push_time=at))).json()["id"]
    done = await sent(door, clock)
    later = (clock.now() + timedelta(hours=2)).isoformat()
    for method, path, body in (
        ("PATCH", f"/v1/messages/{scheduled}", {"push_time": later}),
        ("POST", f"/v1/messages/{done}/retry", {}),
    ):
        headers = {"Idempotency-Key": path}
        answers = await asyncio.gather(
            *(door.shop.request(method, path, json=body, headers=headers) for _ in range(8))
        )
        assert {answer.status_code for answer in answers} in ({200}, {202}), [a.text for a in answers]
        assert len({answer.content for answer in answers}) == 1


async def test_a_message_has_one_key_in_a_batch_or_alone(door: Door) -> None:
    item = {**GOOD, "idempotency_key": "k"}
    results = (await door.shop.post("/v1/messages:batch", json={"messages": [item, item]})).json()["results"]
    assert results[0] == results[1]
    alone = await door.shop.post("/v1/messages", json=GOOD, headers=KEY)
    assert alone.json() == results[0]["message"]
    assert await waiting(door) == 1
    wrong = await door.shop.post("/v1/messages", json=item)
    assert named(wrong) == {"idempotency_key"}, "a single request has the header"
    bad = {"messages": [{**GOOD, "idempotency_key": "with space"}]}
    (result,) = (await door.shop.post("/v1/messages:batch", json=bad)).json()["results"]
    assert result["problem"]["errors"][0]["field"] == "idempotency_key"


async def test_a_repeated_change_does_not_undo_a_later_one(door: Door, clock: SetClock) -> None:
    at = clock.now() + timedelta(hours=1)
    times = [(at + timedelta(hours=n)).isoformat() for n in range(3)]
    message = (await door.shop.post("/v1/messages", json=but(push_time=times[0]))).json()["id"]
    path = f"/v1/messages/{message}"
    first = await door.shop.patch(path, json={"push_time": times[1]}, headers=KEY)
    assert first.status_code == 200
    later = await door.shop.patch(path, json={"push_time": times[2]})
    again = await door.shop.patch(path, json={"push_time": times[1]}, headers=KEY)
    assert again.content == first.content
    assert (await door.shop.get(path)).json()["push_time"] == later.json()["push_time"]
    cancelled = await door.shop.post(f"{path}/cancel", headers={"Idempotency-Key": "c"})
    assert (await door.shop.post(f"{path}/cancel", headers={"Idempotency-Key": "c"})).content == (
        cancelled.content
    )


async def test_a_repeated_retry_sends_nothing_again(door: Door, clock: SetClock) -> None:
    message = await sent(door, clock)
    path = f"/v1/messages/{message}/retry"
    first = await door.shop.post(path, json={"ttl": 60}, headers=KEY)
    assert first.status_code == 202, first.text
    claimed = await door.front.stores.messages.claim(clock.now(), timedelta(seconds=15), "s", 9)
    assert len(claimed) == 1
    again = await door.shop.post(path, json={"ttl": 60}, headers=KEY)
    assert (again.status_code, again.content) == (202, first.content)
    await door.front.stores.messages.submitted(message, "s", clock.now())
    await door.front.stores.messages.finish("shop", message)
    assert (await door.shop.post(path, json={"ttl": 60}, headers=KEY)).content == first.content
    assert (await door.shop.get(f"/v1/messages/{message}")).json()["status"] == "sent"
    assert (await door.shop.post(path, json={"ttl": 61}, headers=KEY)).status_code == 409
