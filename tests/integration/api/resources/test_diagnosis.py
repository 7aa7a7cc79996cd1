"""What is wrong with a terminal, as the API tells it."""

import pytest
from redis.asyncio import Redis
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.explained import ExplainedWorld

from pushgate.api.times import format_instant
from pushgate.bundles.bundle_values import Verb
from pushgate.diagnosis import vendor_check
from pushgate.domain.app import App
from pushgate.domain.audience import Everyone
from pushgate.domain.terminal import Terminal
from pushgate.ledger.values import Failure

URL = "/v1/terminals/t1/diagnosis"
GONE = Failure("apns", "Unregistered", "the token is dead")


@pytest.fixture
async def world(clients: ApiClients, redis: Redis, clock: SetClock) -> ExplainedWorld:
    world = ExplainedWorld(redis, clock, large=True, app=App("shop"))
    await world.register("t1", "t2", user="ann")
    await world.register("t3")
    return world


def codes(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [finding["code"] for finding in answer["findings"]]


async def test_a_terminal_is_told_of_with_its_user_s_others_and_its_messages(
    clients: ApiClients, world: ExplainedWorld
) -> None:
    registered_at = world.clock.now()
    message_id = await world.send(Everyone())
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("t1"))
    answer = await clients.shop.get(URL)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    at = format_instant(registered_at.replace(microsecond=0))
    assert found["terminal"] == {
        "id": "t1",
        "registered": True,
        "vendor": "apns",
        "language": "en",
        "user": "ann",
        "registered_at": at,
        "changed_at": format_instant(registered_at),
        "last_seen": at,
        "last_heard_at": format_instant(registered_at),
        "other_terminals": ["t2"],
    }
    assert [entry["message"] for entry in found["messages"]] == [message_id]
    assert codes(found) == ["no_scheduler", "no_worker"], "the test runs neither"
    assert all(finding["message"] and finding["remedy"] for finding in found["findings"])


async def test_a_terminal_whose_token_was_called_dead_is_remembered_for_a_while(
    clients: ApiClients, world: ExplainedWorld
) -> None:
    message_id = await world.send(Everyone())
    await world.record(message_id, Verb.INVALID, GONE, slot=await world.slot("t1"))
    world.clock.advance(60)
    await world.stores.registry.forget(world.app, ["t1"])
    found = (await clients.shop.get(URL)).json()
    assert codes(found) == ["former_terminal", "token_rejected"]
    left_at = format_instant(world.clock.now().replace(microsecond=0))
    assert found["terminal"] == {
        "id": "t1",
        "registered": False,
        "vendor": "apns",
        "language": "en",
        "left_at": left_at,
    }
    assert found["messages"][0]["push"]["failure"]["code"] == "Unregistered"


async def test_a_terminal_that_moved_before_it_was_forgotten_is_remembered_by_its_last_group(
    clients: ApiClients, world: ExplainedWorld
) -> None:
    message_id = await world.send(Everyone())
    await world.stores.registry.register(world.app, [Terminal("t1", "apns", "token-t1", "ja")])
    world.clock.advance(60)
    await world.stores.registry.forget(world.app, ["t1"])
    found = (await clients.shop.get(URL)).json()
    assert found["terminal"]["language"] == "ja"
    assert [entry["message"] for entry in found["messages"]] == [message_id]


async def test_an_unknown_terminal_is_a_finding_and_no_error(clients: ApiClients) -> None:
    found = (await clients.shop.get("/v1/terminals/nobody/diagnosis")).json()
    assert found["terminal"] == {"id": "nobody", "registered": False}
    assert (codes(found), found["messages"]) == (["unknown_terminal"], [])


async def test_a_vendor_without_a_check_of_its_own_is_not_asked(
    clients: ApiClients, world: ExplainedWorld
) -> None:
    found = (await clients.shop.post(URL)).json()
    assert codes(found)[0] == "vendor_has_no_check"
    assert "vendor_check" not in found
    assert (await clients.shop.get("/v1/messages")).json()["messages"] == []


async def test_a_vendor_that_does_not_answer_in_time_is_said_to_be_asked(
    clients: ApiClients, world: ExplainedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vendor_check, "TIME_LIMIT", vendor_check.TIME_LIMIT / 50)
    await world.register("f1", vendor="fcm")
    found = (await clients.shop.post("/v1/terminals/f1/diagnosis")).json()
    message_id = found["vendor_check"]["message"]
    assert codes(found)[0] == "vendor_silent"
    assert message_id in found["findings"][0]["remedy"]
    message = (await clients.shop.get(f"/v1/messages/{message_id}")).json()
    assert (message["options"]["dry_run"], message["options"]["priority"]) == (True, "high")


async def test_a_key_needs_every_scope_whose_matters_are_told(
    clients: ApiClients, world: ExplainedWorld
) -> None:
    assert (await clients.reader.get(URL)).status_code == 403
    assert (await clients.reader.post(URL)).status_code == 403
    assert (await clients.anyone.get(URL)).status_code == 401
