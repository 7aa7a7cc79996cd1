"""One terminal for each push token, however it is spelled, wherever it comes in."""

import json
from datetime import timedelta

import pytest
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.registered import by_group

from pushgate.domain.app import App
from pushgate.domain.audience import ByToken
from pushgate.domain.terminal import Group, Terminal
from pushgate.ledger.values import Block, MessageShard, Planned
from pushgate.terminals.inline_tokens import InlineNumbering

APP = App("shop")
UPPER, LOWER = "AB" * 32, "ab" * 32
NDJSON = {"Content-Type": "application/x-ndjson"}
CONTENT = {"en": {"title": "t", "body": "b"}}


async def registered(clients: ApiClients, terminal: str, token: str, vendor: str = "apns") -> None:
    body = {"vendor": vendor, "token": token, "language": "en"}
    assert (await clients.shop.put(f"/v1/terminals/{terminal}", json=body)).is_success


async def test_a_token_in_another_case_has_the_same_owner(clients: ApiClients) -> None:
    await registered(clients, "old", UPPER)
    assert (await clients.shop.get("/v1/terminals/old")).json()["token"] == LOWER
    await registered(clients, "new", LOWER)
    assert (await clients.shop.get("/v1/terminals/old")).status_code == 404, "it was taken over"
    lines = [{"id": "imported", "vendor": "apns", "token": UPPER}]
    await clients.shop.post("/v1/terminals:import", content="\n".join(map(json.dumps, lines)), headers=NDJSON)
    assert (await clients.shop.get("/v1/terminals/new")).status_code == 404
    assert await by_group(clients.context.stores, APP) == {Group("apns", "en"): 1}


async def test_an_audience_names_a_token_once_however_often_it_is_spelled(clients: ApiClients) -> None:
    tokens = [{"vendor": "apns", "token": token} for token in (UPPER, LOWER, "Ab" * 32)]
    tokens += [{"vendor": "fcm", "token": token} for token in ("AbCd:x", "abcd:x")]
    body = {"content": CONTENT, "audience": {"tokens": tokens}}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    listed = (await clients.shop.get(f"/v1/messages/{message_id}?include=audience")).json()["audience"]
    assert [(item["vendor"], item["token"]) for item in listed["tokens"]] == [
        ("apns", LOWER),
        ("fcm", "AbCd:x"),
        ("fcm", "abcd:x"),
    ]


@pytest.mark.parametrize(
    ("vendor", "token", "reported_as", "counts"),
    [
        ("apns", LOWER, UPPER, 1),
        ("apns", UPPER, LOWER, 1),
        ("apns", UPPER, UPPER, 1),
        ("huawei", UPPER, UPPER, 1),
        ("huawei", UPPER, LOWER, 0),
        ("fcm", LOWER, UPPER, 0),
    ],
)
@pytest.mark.parametrize("inline", [False, True])
async def test_a_report_names_a_terminal_by_its_token_in_the_vendors_sense(
    clients: ApiClients, clock: SetClock, vendor: str, token: str, reported_as: str, counts: int, inline: bool
) -> None:
    await registered(clients, "t1", token, vendor)
    others = [{"vendor": vendor, "token": f"{number:064x}"} for number in range(64)]  # a large message
    audience = {"tokens": [{"vendor": vendor, "token": token}, *others]} if inline else {"all": True}
    body = {"content": CONTENT, "audience": audience}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    context, until = clients.context, clock.now() + timedelta(days=31)
    message = (await context.stores.messages.read("shop", message_id)).message
    async for piece in context.stores.audiences.read(message_id, message.audience):
        assert isinstance(piece, ByToken)
        await context.stores.tokens.store_inline(
            APP, 0, message_id, InlineNumbering().number(piece.tokens), until
        )
    block = Block(Group(vendor, "en", inline=inline), 0)
    await context.stores.plans.write(MessageShard(APP, 0, message_id, until), [Planned(block, 0b1)])
    report = {"token": context.callbacks.sign("shop", message_id), "terminal": reported_as}
    for _ in range(2):
        assert (await clients.anyone.post("/v1/callbacks/click", json=report)).status_code == 204
    assert (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()["clicked"] == counts


async def test_an_id_that_looks_like_a_token_is_an_id(clients: ApiClients, clock: SetClock) -> None:
    """Ids are told apart by case, whatever tokens are."""
    await registered(clients, UPPER, "cd" * 32)
    body = {"content": CONTENT, "audience": {"all": True}}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    where = MessageShard(APP, 0, message_id, clock.now() + timedelta(days=31))
    await clients.context.stores.plans.write(where, [Planned(Block(Group("apns", "en"), 0), 0b1)])
    report = {"token": clients.context.callbacks.sign("shop", message_id), "terminal": UPPER}
    assert (await clients.anyone.post("/v1/callbacks/click", json=report)).status_code == 204
    assert (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()["clicked"] == 1


async def test_a_token_that_an_earlier_version_kept_as_written_is_found_and_moves(
    clients: ApiClients, clock: SetClock
) -> None:
    await clients.context.stores.registry.register(APP, [Terminal("t1", "apns", UPPER, "en")])
    body = {"content": CONTENT, "audience": {"all": True}}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    where = MessageShard(APP, 0, message_id, clock.now() + timedelta(days=31))
    await clients.context.stores.plans.write(where, [Planned(Block(Group("apns", "en"), 0), 0b1)])
    report = {"token": clients.context.callbacks.sign("shop", message_id), "terminal": UPPER}
    assert (await clients.anyone.post("/v1/callbacks/click", json=report)).status_code == 204
    await registered(clients, "t1", UPPER)
    assert (await clients.shop.get("/v1/terminals/t1")).json()["token"] == LOWER
    for reported_as in (UPPER, LOWER):
        received = {**report, "terminal": reported_as}
        assert (await clients.anyone.post("/v1/callbacks/received", json=received)).status_code == 204
    found = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert (found["clicked"], found["delivered"], found["received"]) == (1, 1, 1)
