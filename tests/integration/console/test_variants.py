"""Variants in the console: written as another text, duplicated, and compared on their page."""

import json

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.variants import click, plan_variants
from tests.support.console.client import ConsoleClient, document_of

pytestmark = pytest.mark.usefixtures("one_phone")
VARIANTS = [
    {"name": "a", "share": 50, "content": {"en": {"title": "Sale", "body": "Today only"}}},
    {"name": "b", "share": 50, "content": {"en": {"title": "Seen our sale?", "body": "Ends today"}}},
]
TYPED = {
    "language": "en",
    "title.en": "Sale",
    "body.en": "Today only",
    "other_title.en": "Seen our sale?",
    "other_body.en": "Ends today",
    "holdout": "10",
    "fallback": "en",
}


async def create(clients: ApiClients) -> str:
    body = {"variants": VARIANTS, "holdout": 10, "audience": {"all": True}}
    return str((await clients.shop.post("/v1/messages", json=body)).json()["id"])


async def test_another_text_is_reviewed_as_variants(console: ConsoleClient) -> None:
    document = json.loads(document_of(await console.post("/compose/review", **TYPED)))
    assert [one["content"]["en"]["title"] for one in document["variants"]] == ["Sale", "Seen our sale?"]
    assert document["holdout"] == 10


async def test_a_duplicate_has_the_variants(console: ConsoleClient, clients: ApiClients) -> None:
    page = (await console.get(f"/compose?message={await create(clients)}")).text
    assert 'value="Seen our sale?"' in page
    assert 'name="holdout" inputmode="decimal" value="10"' in page


async def test_the_page_of_a_message_compares_its_variants(
    console: ConsoleClient, clients: ApiClients
) -> None:
    message_id = await create(clients)
    first = (1 << 400) - 1
    await plan_variants(clients, message_id, [first, first << 400], held_out=((1 << 90) - 1) << 900)
    await click(clients, message_id, (*range(20), *range(400, 520)))
    page = (await console.get(f"/messages/{message_id}")).text
    assert "b is clearly the best: it won the click race." in page
    assert "+25.00" in page
    assert "90 phones got nothing, to compare with." in page


async def test_a_share_of_each_text_and_a_time_let_the_rest_wait(console: ConsoleClient) -> None:
    typed = {**TYPED, "other_share": "5", "winner_after": "2h"}
    document = json.loads(document_of(await console.post("/compose/review", **typed)))
    assert [one["share"] for one in document["variants"]] == [5, 5]
    assert document["winner"] == {"after": "2h"}


async def test_the_rest_is_shown_and_gets_a_variant_by_hand(
    console: ConsoleClient, clients: ApiClients
) -> None:
    variants = [{**one, "share": 5} for one in VARIANTS]
    body = {"variants": variants, "winner": {"after": "2h"}, "audience": {"all": True}}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    await plan_variants(clients, message_id, [0b11, 0b1100], rest=((1 << 900) - 1) >> 4 << 4)
    page = (await console.get(f"/messages/{message_id}")).text
    assert "896 phones wait for the better one" in page
    assert "Waiting for the better variant" in page
    asked = (await console.get(f"/messages/{message_id}/decide?variant=b")).text
    assert 'value="b" checked' in asked
    again = (await console.post(f"/messages/{message_id}/decide", variant="b", seen="895")).text
    assert "The number is another one now." in again
    assert "Choose one of them." in (await console.post(f"/messages/{message_id}/decide", seen="896")).text
    await console.post(f"/messages/{message_id}/decide", variant="b", seen="896")
    page = (await console.get(f"/messages/{message_id}")).text
    assert "896 other phones get b: chosen by hand." in page
    assert "Nobody waits" in (await console.get(f"/messages/{message_id}/decide")).text
