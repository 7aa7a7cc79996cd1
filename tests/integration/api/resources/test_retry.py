"""Sending a message again to the terminals that it did not reach."""

from datetime import timedelta

import pytest
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.api.failed_message import accepted_message
from tests.support.clock import SetClock

from pushgate.domain.outcome import State


async def test_a_retry_is_dispatched_to_whom_it_may_go(clients: ApiClients, clock: SetClock) -> None:
    message_id = await accepted_message(clients, clock)
    clock.advance(3600)
    answer = await clients.shop.post(f"/v1/messages/{message_id}/retry")
    assert answer.status_code == 202, answer.text
    found = answer.json()
    assert (found["status"], found["terminals"], found["retries"]) == ("dispatching", 1, 1)
    (claimed,) = await clients.context.stores.claims.claim(clock.now(), timedelta(seconds=15), "s", 5)
    assert claimed.resend is not None
    assert claimed.resend.states == (State.REJECTED, State.EXPIRED)
    assert claimed.expires_at == clock.now() + timedelta(days=1)
    again = await clients.shop.post(f"/v1/messages/{message_id}/retry")
    assert again.status_code == 409, "it is on its way"


async def test_a_retry_takes_states_and_a_time_to_live_within_what_is_kept(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock)
    body = {"states": ["invalid", "rejected"], "ttl": 60}
    found = (await clients.shop.post(f"/v1/messages/{message_id}/retry", json=body)).json()
    assert found["terminals"] == 2
    (claimed,) = await clients.context.stores.claims.claim(clock.now(), timedelta(seconds=15), "s", 5)
    assert claimed.expires_at == clock.now() + timedelta(seconds=60)


async def test_nothing_to_send_again_is_a_conflict(clients: ApiClients, clock: SetClock) -> None:
    message_id = await accepted_message(clients, clock)
    answer = await clients.shop.post(f"/v1/messages/{message_id}/retry", json={"states": ["expired"]})
    assert answer.status_code == 409
    assert "expired" in answer.json()["detail"]
    scheduled = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    assert (await clients.shop.post(f"/v1/messages/{scheduled}/retry")).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"states": []}, "states"),
        ({"states": ["accepted"]}, "states.0"),
        ({"ttl": -1}, "ttl"),
        ({"when": "now"}, "when"),
    ],
)
async def test_a_bad_retry_is_refused_by_field(
    clients: ApiClients, clock: SetClock, body: dict[str, object], field: str
) -> None:
    answer = await clients.shop.post(
        f"/v1/messages/{await accepted_message(clients, clock)}/retry", json=body
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_retry_is_the_apps_own_and_needs_its_scope(clients: ApiClients, clock: SetClock) -> None:
    path = f"/v1/messages/{await accepted_message(clients, clock)}/retry"
    assert (await clients.other.post(path)).status_code == 404
    assert (await clients.reader.post(path)).status_code == 403


async def test_a_retry_whose_record_was_lost_gets_its_answer_again(
    clients: ApiClients, clock: SetClock
) -> None:
    """As after a crash between the effect and the record."""
    message_id = await accepted_message(clients, clock)
    url, headers = f"/v1/messages/{message_id}/retry", {"Idempotency-Key": "again"}
    first = await clients.shop.post(url, headers=headers)
    assert first.status_code == 202
    lost = [key async for key in clients.context.redis.scan_iter("*:i:*")]
    assert await clients.context.redis.delete(*lost) == 1
    clock.advance(9)
    again = await clients.shop.post(url, headers=headers)
    assert (again.status_code, again.content) == (202, first.content)


async def test_a_message_without_content_is_neither_changed_nor_sent_again(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock)
    assert await clients.context.redis.hdel(f"{{q}}:message:{message_id}", "body") == 1
    url = f"/v1/messages/{message_id}"
    body = {"content": {"en": {"title": "new", "body": "b"}}}
    for answer in (await clients.shop.post(f"{url}/retry"), await clients.shop.patch(url, json=body)):
        assert (answer.status_code, "content_retention" in answer.text) == (409, True)
