"""The messages of a terminal, as the API tells them."""

import pytest
from redis.asyncio import Redis
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.explained import ExplainedWorld

from pushgate.api.times import format_instant
from pushgate.bundles.bundle_values import Verb
from pushgate.domain.app import App
from pushgate.domain.audience import ByTerminal, Everyone
from pushgate.domain.outcome import ReceiptKind
from pushgate.ledger.values import Failure

REFUSED = Failure("apns", "TopicDisallowed", "pushes to this topic are not allowed")
URL = "/v1/terminals/t1/messages"


@pytest.fixture
async def small(clients: ApiClients, redis: Redis, clock: SetClock) -> ExplainedWorld:
    world = ExplainedWorld(redis, clock, large=False, app=App("shop"))
    await world.register("t1")
    return world


async def test_each_message_is_told_with_its_outcome_in_words(
    clients: ApiClients, small: ExplainedWorld
) -> None:
    first = await small.send(ByTerminal(("t1",)))
    await small.record(first, Verb.REJECTED, REFUSED)
    small.clock.advance(60)
    large = ExplainedWorld(small.redis, small.clock, large=True, app=small.app)
    second = await large.send(Everyone())
    await large.record(second, Verb.ACCEPTED, slot=await large.slot("t1"))
    await large.report(ReceiptKind.DELIVERED, second, "t1")
    answer = await clients.reader.get(URL)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["next_cursor"], found["older_small_messages"]) == (None, False)
    latest, earliest = found["messages"]
    push = latest.pop("push")
    assert latest == {
        "message": second,
        "push_time": format_instant(small.clock.now()),
        "size": "large",
        "dry_run": False,
    }
    assert (push["state"], push["delivered"], push["clicked"]) == ("accepted", True, False)
    assert (earliest["message"], earliest["size"], earliest["push"]["attempts"]) == (first, "small", 1)
    assert earliest["push"]["failure"] == {
        "code": "TopicDisallowed",
        "reason": "pushes to this topic are not allowed",
        "meaning": "the key may not push to this topic",
        "remedy": "See that the app's credentials may push to this topic.",
    }


async def test_pages_lead_on_by_their_cursor(clients: ApiClients, small: ExplainedWorld) -> None:
    sent = [await small.send(ByTerminal(("t1",))) for _ in range(3)]
    first = (await clients.reader.get(f"{URL}?limit=2")).json()
    second = (await clients.reader.get(f"{URL}?limit=2&cursor={first['next_cursor']}")).json()
    assert [entry["message"] for page in (first, second) for entry in page["messages"]] == sent[::-1]
    assert second["next_cursor"] is None


async def test_a_terminal_that_is_not_registered_has_no_history(clients: ApiClients) -> None:
    assert (await clients.reader.get("/v1/terminals/nobody/messages")).status_code == 404


@pytest.mark.parametrize("query", ["cursor=1", "cursor=x.y", "limit=0", "limit=101", "page=2"])
async def test_bad_queries_are_refused(clients: ApiClients, small: ExplainedWorld, query: str) -> None:
    assert (await clients.reader.get(f"{URL}?{query}")).status_code == 422
