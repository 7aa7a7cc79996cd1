"""A message that is escalated in the console: reviewed, and linked with its steps both ways."""

import json
import re

import pytest
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient, document_of

from pushgate.domain.app import Scope
from pushgate.domain.clock import from_ms
from pushgate.messages.escalations import Escalations

pytestmark = pytest.mark.usefixtures("one_phone")
STEP = {"after": "10m", "unless": "clicked", "to": "next_terminal"}
TYPED = {"language": "en", "title.en": "Code", "body.en": "1234", "fallback": "en"} | {
    f"step_{name}.0": text for name, text in STEP.items()
}


async def test_steps_are_reviewed_sent_and_duplicated(console: ConsoleClient, clients: ApiClients) -> None:
    document = document_of(await console.post("/compose/review", **TYPED))
    assert json.loads(document)["escalate"] == [STEP]
    reviewed = {"document": document, "counted": "1", "key": "page", "sure": "1"}
    sent = (await console.post("/compose/send", **reviewed)).headers["location"].rpartition("/")[2]
    assert (await clients.shop.get(f"/v1/messages/{sent}")).json()["escalate"][0].items() >= STEP.items()
    page = (await console.get(f"/compose?message={sent}")).text
    assert re.search(r'name="step_after.0"[^>]* value="10m"', page)


async def test_a_test_push_has_no_steps(clients: ApiClients, console: ConsoleClient) -> None:
    (await clients.shop.put("/v1/test-terminals/compose-1", json={"name": "Pixel"})).raise_for_status()
    scopes = [Scope.READ, Scope.PUSH, Scope.TERMINALS_READ]
    await console.sign_in(await clients.context.keys.create("shop", scopes))
    await console.post("/compose/test", **TYPED)
    (tested,) = (await clients.shop.get("/v1/messages")).json()["messages"]
    assert tested["audience"] == {"terminals": 1}
    assert "escalate" not in tested


async def test_a_message_and_its_step_link_each_other(console: ConsoleClient, clients: ApiClients) -> None:
    steps = [STEP, {"after": "1h", "to": "vendor:apns"}]
    created = (await clients.shop.post("/v1/messages", json=GOOD | {"escalate": steps})).json()
    stores, clock = clients.context.stores, clients.context.clock
    (claimed,) = await stores.claims.claim(clock.now(), stores.retention.period, "scheduler", 10)
    await stores.claims.mark_submitted(claimed.id, "scheduler", clock.now())
    escalations = Escalations(clients.context.redis, stores.retention)
    (due,) = await escalations.due(from_ms(2**42), 10)
    step = await escalations.make(due, [], clock.now())
    assert step is not None
    page = (await console.get(f"/messages/{created['id']}")).text
    assert f'href="/messages/{step.id}"' in page
    assert "the user’s phones of APNs" in page
    page = (await console.get(f"/messages/{step.id}")).text
    assert f'href="/messages/{created["id"]}"' in page
    assert "step 1 of another message" in page
    assert "duplicate that one" in page
    assert "step 1 of another message" in (await console.get("/messages")).text
