"""A canary in the console: written, shown, and its message gone on with."""

import html
import re
from datetime import timedelta

from tests.support.api.clients import ApiClients
from tests.support.console.client import ConsoleClient

from pushgate.domain.canary import FewAnswers, Finding, Measure, Phase

CANARY = {"share": 2.5, "wait": "10m", "hold_if": {"rejected": 5}, "slower_if": {}}
BODY = {"content": {"en": {"title": "Sale", "body": "Today"}}, "audience": {"all": True}}
FINDING = Finding(measure=Measure.REJECTED, vendor="apns", count=40, answers=160, limit=5)


async def create(clients: ApiClients) -> str:
    created = await clients.shop.post("/v1/messages", json=BODY | {"options": {"canary": CANARY}})
    return str(created.json()["id"])


async def test_a_duplicate_has_the_canary_and_a_fault_stands_beside_it(
    console: ConsoleClient, clients: ApiClients
) -> None:
    page = (await console.get(f"/compose?message={await create(clients)}")).text
    assert 'name="canary.share" inputmode="decimal" value="2.5"' in page
    assert 'name="canary.hold_if.rejected" inputmode="decimal" value="5"' in page
    fields = {"language": "en", "title.en": "Sale", "body.en": "Today", "canary.share": "80"}
    page = html.unescape((await console.post("/compose/plan", **fields)).text)
    (said,) = re.findall(r'hx-target="#bad_canary"[^>]*>(.*?)</hx-partial>', page, re.DOTALL)
    assert "50" in said


async def test_the_page_of_a_held_message_says_why_and_goes_on(
    console: ConsoleClient, clients: ApiClients
) -> None:
    message_id = await create(clients)
    stores, now = clients.context.stores, clients.context.clock.now()
    until = now.replace(microsecond=0) + timedelta(minutes=10)
    await stores.claims.claim(now, timedelta(seconds=5), "one", 10)
    await stores.canaries.begin(message_id, until)
    await stores.claims.mark_submitted(message_id, "one", until)
    page = (await console.get(f"/messages/{message_id}")).text
    assert "On trial with a few" in page
    envelope = (await stores.messages.read_envelope("shop", message_id)).envelope
    await stores.canaries.decide(envelope, until, Phase.HELD, FINDING, few_answers=[FewAnswers("fcm", 12)])
    page = html.unescape((await console.get(f"/messages/{message_id}")).text)
    assert "Held after a few" in page
    assert "40 of 160: rejected" in page
    assert "12 answers were too few to judge a limit." in page
    assert ">Go on<" in page
    await console.post(f"/messages/{message_id}/resume")
    assert (await stores.messages.read("shop", message_id)).status == "dispatching"
