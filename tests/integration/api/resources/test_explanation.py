"""What a message meant for one terminal, as the API tells it."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.api.bodies import TOKEN
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.explained import ExplainedWorld

from pushgate.api.times import format_instant
from pushgate.bundles.bundle_values import Verb
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal, ByToken
from pushgate.domain.outcome import ReceiptKind
from pushgate.domain.terminal import InlineToken
from pushgate.ledger.values import Failure

REFUSED = Failure("apns", "TopicDisallowed", "pushes to this topic are not allowed")


@pytest.fixture(params=[False, True], ids=["small", "large"])
async def world(
    request: pytest.FixtureRequest, clients: ApiClients, redis: Redis, clock: SetClock
) -> ExplainedWorld:
    found = ExplainedWorld(redis, clock, large=request.param, app=App("shop"))
    await found.register("t1", language="zh-TW")
    clock.advance(3600)
    return found


async def test_a_failed_push_is_explained_with_a_remedy(clients: ApiClients, world: ExplainedWorld) -> None:
    sent_at = world.clock.now()
    message_id = await world.send(ByTerminal(("t1",)))
    world.clock.advance(61)
    await world.record(message_id, Verb.REJECTED, REFUSED, slot=await world.slot("t1"))
    answer = await clients.reader.get(f"/v1/messages/{message_id}/terminals/t1")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["message"] == {
        "id": message_id,
        "status": "sending" if world.large else "sent",
        "created_at": format_instant(sent_at),
        "push_time": format_instant(sent_at),
        "expires_at": format_instant(sent_at + timedelta(days=1)),
        "dry_run": False,
    }
    assert found["terminal"] == {
        "id": "t1",
        "registered": True,
        "vendor": "apns",
        "language": "zh-TW",
        "changed_at": format_instant(sent_at - timedelta(hours=1)),
    }
    assert (found["targeted"], found["waiting"], "reason" in found) == (True, [], False)
    now = world.clock.now()
    exact: dict[str, object] = {
        "since": format_instant(now),
        "precision": "second",
        "attempts": 1,
        "receipt_times": {},
    }
    rough: dict[str, object] = {"since": format_instant(now.replace(second=0)), "precision": "minute"}
    assert found["push"] == {
        "vendor": "apns",
        "language": {"wanted": "zh-TW", "content": "zh-Hant", "match": "nearest"},
        "state": "rejected",
        "unanswered": False,
        "failure": {
            "code": "TopicDisallowed",
            "reason": "pushes to this topic are not allowed",
            "meaning": "the key may not push to this topic",
            "remedy": "See that the app's credentials may push to this topic.",
        },
        **dict.fromkeys(("delivered", "clicked", "muted", "gone", "recalled", "unproven"), False),
        **(rough if world.large else exact),
    }


async def test_a_click_is_told_with_its_time_where_that_is_known(
    clients: ApiClients, world: ExplainedWorld
) -> None:
    message_id = await world.send(ByTerminal(("t1",)))
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("t1"))
    await world.report(ReceiptKind.CLICKED, message_id, "t1")
    push = (await clients.reader.get(f"/v1/messages/{message_id}/terminals/t1")).json()["push"]
    assert (push["clicked"], push["delivered"], "failure" in push) == (True, False, False)
    times = {"clicked": format_instant(world.clock.now())}
    assert push.get("receipt_times") == (None if world.large else times)


async def test_a_pending_push_says_why_it_waits(clients: ApiClients, world: ExplainedWorld) -> None:
    message_id = await world.send(ByTerminal(("t1",)))
    await world.record(message_id, Verb.TRIED, REFUSED, slot=await world.slot("t1"))
    found = (await clients.reader.get(f"/v1/messages/{message_id}/terminals/t1")).json()
    push = found["push"]
    assert (push["state"], "since" in push) == ("pending", False)
    assert push["expires_at"] == found["message"]["expires_at"]
    assert push["due_at"]
    assert (push["failure"]["code"], "reason" in push["failure"]) == ("TopicDisallowed", False)
    assert {problem["reason"] for problem in found["waiting"]} == {"no_scheduler", "no_worker"}


async def test_a_terminal_that_is_not_registered_is_no_error(
    clients: ApiClients, world: ExplainedWorld
) -> None:
    message_id = await world.send(ByTerminal(("t1",)))
    answer = await clients.reader.get(f"/v1/messages/{message_id}/terminals/t-unknown")
    assert answer.status_code == 200
    found = answer.json()
    assert found["terminal"] == {"id": "t-unknown", "registered": False}
    assert (found["targeted"], found["reason"]["code"]) == (False, "unknown_terminal")
    assert "push" not in found


async def test_a_push_token_is_explained_and_not_repeated(clients: ApiClients, world: ExplainedWorld) -> None:
    message_id = await world.send(ByToken((InlineToken("apns", TOKEN, "fr"),)))
    path = f"/v1/messages/{message_id}/terminals:explain"
    answer = await clients.reader.post(path, json={"vendor": "apns", "token": TOKEN.upper()})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["targeted"], found["push"]["state"]) == (True, "pending")
    assert found["terminal"] == {"registered": False}
    assert TOKEN not in answer.text.lower()
    other = (await clients.reader.post(path, json={"vendor": "apns", "token": "b2" * 32})).json()
    assert (other["targeted"], other["reason"]["code"]) == (False, "not_listed")


async def test_nobody_knows_whom_a_push_token_belonged_to(clients: ApiClients, world: ExplainedWorld) -> None:
    message_id = await world.send(ByTerminal(("t1",)))
    path = f"/v1/messages/{message_id}/terminals:explain"
    found = (await clients.reader.post(path, json={"vendor": "apns", "token": TOKEN})).json()
    assert (found["reason"]["code"], "targeted" in found) == ("unknown_token", False)


async def test_content_that_was_dropped_is_said_to_be(clients: ApiClients, world: ExplainedWorld) -> None:
    message_id = await world.send(ByTerminal(("t1",)))
    await world.record(message_id, Verb.ACCEPTED, slot=await world.slot("t1"))
    await world.drop_content(message_id)
    found = (await clients.reader.get(f"/v1/messages/{message_id}/terminals/t1")).json()
    assert found["message"]["content_dropped"] is True
    assert found["push"]["language"] == {"wanted": "zh-TW"}


async def test_an_unknown_message_is_not_found(clients: ApiClients) -> None:
    for message_id in ("0" * 30, "f" * 30, "x"):
        assert (await clients.reader.get(f"/v1/messages/{message_id}/terminals/t1")).status_code == 404
        body = {"vendor": "apns", "token": TOKEN}
        answer = await clients.reader.post(f"/v1/messages/{message_id}/terminals:explain", json=body)
        assert answer.status_code == 404


async def test_another_apps_message_is_not_found(clients: ApiClients, world: ExplainedWorld) -> None:
    message_id = await world.send(ByTerminal(("t1",)))
    assert (await clients.other.get(f"/v1/messages/{message_id}/terminals/t1")).status_code in (403, 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"vendor": "pager", "token": TOKEN}, "vendor"),
        ({"vendor": "apns", "token": "no token"}, "token"),
        ({"vendor": "apns"}, "token"),
        ({"vendor": "apns", "token": TOKEN, "id": "t1"}, "id"),
    ],
)
async def test_a_bad_request_is_refused_by_field(
    clients: ApiClients, body: dict[str, object], field: str
) -> None:
    answer = await clients.reader.post(f"/v1/messages/{'0' * 30}/terminals:explain", json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "no token" not in answer.text


async def test_an_id_that_no_terminal_can_have_is_refused(clients: ApiClients) -> None:
    answer = await clients.reader.get(f"/v1/messages/{'0' * 30}/terminals/a b")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "terminal_id")


async def test_it_takes_a_key_with_the_scope_read(clients: ApiClients) -> None:
    path = f"/v1/messages/{'0' * 30}/terminals/t1"
    assert (await clients.anyone.get(path)).status_code == 401
    assert (await clients.operator.get(path)).status_code == 403
