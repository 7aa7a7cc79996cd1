"""Recall of a message from simulated vendors over real sockets."""

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from tests.support import sandbox as sandboxes
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.sandbox import Sandbox

from pushgate.adapters.collapse import notification_id
from pushgate.adapters.contract import Push
from pushgate.domain.app import App
from pushgate.domain.outcome import State
from pushgate.domain.terminal import Group, Terminal
from pushgate.ledger.values import Block, MessageShard, Move, MoveKind, Planned
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.vendors.huawei import Huawei
from pushgate.scheduler.escalations import EscalationRounds
from pushgate.scheduler.planner import Planner

APP = App("shop")
BODY: dict[str, object] = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"all": True}}
VENDORS = ("apns", "harmony", "huawei", "xiaomi")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    found = sandboxes.start(tmp_path_factory.mktemp("recall") / "sandbox")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def credentials(sandbox: Sandbox) -> Credentials:
    return sandbox.credentials


def token(vendor: str, number: int, *, dead: bool = False) -> str:
    return ("dead" if dead else "beef") + f"{vendor.encode().hex()}{number:040x}"


async def accepted_message(clients: ApiClients, clock: SetClock, count: int = 3, **options: object) -> str:
    """A message that each vendor took for so many terminals; the first of each is dead by now."""
    context = clients.context
    for vendor in VENDORS:
        terminals = [
            Terminal(f"{vendor}-{n}", vendor, token(vendor, n, dead=n == 0), "en") for n in range(count)
        ]
        await context.stores.registry.register(APP, terminals)
    answer = await clients.shop.post("/v1/messages", json={**BODY, "options": options})
    message_id: str = answer.json()["id"]
    (message,) = await context.stores.claims.claim(clock.now(), timedelta(seconds=15), "s", 1)
    scope = MessageShard(APP, 0, message_id, context.stores.retention.keep_until(message))
    everyone = (1 << count) - 1
    found = [Block(Group(vendor, "en"), number) for number, vendor in enumerate(VENDORS)]
    await context.stores.plans.write(scope, [Planned(block, everyone) for block in found])
    await context.stores.claims.mark_submitted(message_id, "s", clock.now())
    moves = [Move(block, everyone, State.ACCEPTED) for block in found]
    await context.stores.outcomes.record(scope, "w", timedelta(seconds=15), [], moves)
    await context.stores.lifecycle.finish("shop", message_id)
    return message_id


async def test_it_is_taken_back_where_the_vendor_can_and_the_answer_tells_where(
    clients: ApiClients, clock: SetClock, sandbox: Sandbox
) -> None:
    sandbox.reset()
    message_id = await accepted_message(clients, clock)
    answer = await clients.shop.post(f"/v1/messages/{message_id}/recall")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["status"], told["recalled"]) == ("sent", 6)
    by_vendor = {part.pop("vendor"): part for part in told["vendors"]}
    assert by_vendor["apns"] == {
        "can_recall": False, "recalled": 0, "failed": 0, "left": 3, "reason": "the vendor cannot",
    }  # fmt: skip
    for vendor in ("harmony", "huawei", "xiaomi"):
        assert by_vendor[vendor]["can_recall"]
        assert (by_vendor[vendor]["recalled"], by_vendor[vendor]["failed"]) == (2, 1)
    results = (await clients.reader.get(f"/v1/messages/{message_id}/results")).json()
    assert (results["accepted"], results["recalled"]) == (12, 6), "it was accepted all the same"


async def test_steps_of_an_escalation_are_taken_back_and_none_follows(
    clients: ApiClients, clock: SetClock, sandbox: Sandbox
) -> None:
    sandbox.reset()
    stores, catalog = clients.context.stores, clients.context.catalog
    terminals = [
        Terminal(
            name, vendor, token(vendor, 7), "en", user="ann", last_seen=clock.now() - timedelta(days=age)
        )
        for age, (name, vendor) in enumerate((("phone", "huawei"), ("tablet", "xiaomi"), ("old", "apns")))
    ]
    await stores.registry.register(APP, terminals)
    steps = [{"after": after, "unless": "clicked", "to": "next_terminal"} for after in ("10m", "1h")]
    body = BODY | {"audience": {"terminals": ["phone"]}, "escalate": steps}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    for _ in range(2):
        await EscalationRounds(stores, clock, catalog).run_once()
        (message,) = await stores.claims.claim(clock.now(), timedelta(seconds=15), "s", 1)
        scope = MessageShard(APP, 0, message.id, stores.retention.keep_until(message))
        async for _, blocks in Planner(stores, clock).plan(message, catalog.apps["shop"]):
            await stores.claims.mark_submitted(message.id, "s", clock.now())
            moves = [Move(block, (1 << 1024) - 1, State.ACCEPTED) for block in blocks]
            await stores.outcomes.record(scope, "w", timedelta(seconds=15), [], moves)
        await stores.lifecycle.finish("shop", message.id)
        clock.advance(600)
    told = (await clients.shop.post(f"/v1/messages/{message_id}/recall")).json()
    assert {one["vendor"]: one["recalled"] for one in told["vendors"]} == {"huawei": 1, "xiaomi": 1}
    results = (await clients.reader.get(f"/v1/messages/{message_id}/results")).json()
    assert [one["state"] for one in results["steps"]] == ["made", "cancelled"]


async def test_what_was_shown_under_a_number_is_taken_back_under_it(
    clients: ApiClients, clock: SetClock, sandbox: Sandbox
) -> None:
    """Huawei: `notifyId` as it was sent, push-type 0, by v1 and the client id
    (docs/reference/vendors/harmony.md#recall). Xiaomi: by v3
    (docs/reference/vendors/xiaomi.md#recall).
    """
    sandbox.reset()
    message_id = await accepted_message(clients, clock)
    await clients.shop.post(f"/v1/messages/{message_id}/recall")
    requests = [item for item in sandbox.received(vendor="huawei") if item["code"] == "revoked"]
    assert len(requests) == 2
    numbers = set()
    for item in requests:
        assert item["path"] == f"/v1/{Huawei(sandbox.context).app_id}/messages:revoke"
        assert item["headers"]["push-type"] == "0"  # type: ignore[index]  # JSON
        numbers.add(json.loads(str(item["body"]))["notifyId"])
    (taken,) = [item for item in sandbox.received(vendor="xiaomi") if item["code"] == "revoked"]
    form = dict(parse_qsl(str(taken["body"])))
    assert (taken["path"], form["registration_ids"].count(",")) == ("/v3/message/regid/revoke", 2)
    numbers.add(int(form["notify_id"]))
    assert len(numbers) == 1
    message = (await clients.context.stores.messages.read("shop", message_id)).message
    push = Push(
        message_id=message.id,
        content=message.content["en"],
        options=message.options,
        expires_at=message.expires_at,
        callback="",
    )
    assert numbers == {notification_id(push)}


async def test_a_second_call_finds_what_is_left(
    clients: ApiClients, clock: SetClock, sandbox: Sandbox
) -> None:
    sandbox.reset()
    message_id = await accepted_message(clients, clock)
    # Both of Huawei's vendors are taken back by the same call.
    sandbox.misbehave({"vendor": "huawei", "error": "81000001", "path": "revoke"})
    told = (await clients.shop.post(f"/v1/messages/{message_id}/recall")).json()
    assert told["recalled"] == 2
    assert [part["left"] for part in told["vendors"]] == [3, 3, 3, 0]
    assert "81000001" in told["vendors"][1]["reason"]
    sandbox.reset()
    assert (await clients.shop.post(f"/v1/messages/{message_id}/recall")).json()["recalled"] == 4
    again = (await clients.shop.post(f"/v1/messages/{message_id}/recall")).json()
    assert again["recalled"] == 0, "each is counted once"


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"raw": "garbage"}])
async def test_what_was_not_answered_is_left_for_the_next_call(
    clients: ApiClients, clock: SetClock, sandbox: Sandbox, fault: dict[str, str]
) -> None:
    sandbox.reset()
    message_id = await accepted_message(clients, clock)
    sandbox.misbehave({"vendor": "xiaomi", "path": "revoke", **fault})
    part = (await clients.shop.post(f"/v1/messages/{message_id}/recall")).json()["vendors"][3]
    assert (part["recalled"], part["failed"], part["left"]) == (0, 0, 3)
    assert "call again" in part["reason"]
    sandbox.reset()
    part = (await clients.shop.post(f"/v1/messages/{message_id}/recall")).json()["vendors"][3]
    assert (part["recalled"], part["failed"], part["left"]) == (2, 1, 0)


async def test_what_may_have_arrived_is_taken_back_too(
    clients: ApiClients, clock: SetClock, sandbox: Sandbox
) -> None:
    """Its answer was lost, and the message was stopped before it could be sent again."""
    sandbox.reset()
    context = clients.context
    terminals = [Terminal(f"huawei-{n}", "huawei", token("huawei", n), "en") for n in range(4)]
    await context.stores.registry.register(APP, terminals)
    message_id = (await clients.shop.post("/v1/messages", json=BODY)).json()["id"]
    (message,) = await context.stores.claims.claim(clock.now(), timedelta(seconds=15), "s", 1)
    scope = MessageShard(APP, 0, message_id, context.stores.retention.keep_until(message))
    block = Block(Group("huawei", "en"), 0)
    await context.stores.plans.write(scope, [Planned(block, 0b1111)])
    await context.stores.claims.mark_submitted(message_id, "s", clock.now())
    doubt = Move(block, 0b0110, State.PENDING, kind=MoveKind.UNCONFIRMED)
    await context.stores.outcomes.record(scope, "w", timedelta(seconds=15), [], [doubt])
    results = (await clients.reader.get(f"/v1/messages/{message_id}/results")).json()
    assert (results["pending"], results["targeted"]) == (4, 4), "it moves nothing"
    told = (await clients.shop.post(f"/v1/messages/{message_id}/recall")).json()
    assert (told["status"], told["recalled"], told["left"]) == ("cancelled", 2, 0)
    requests = [item for item in sandbox.received(vendor="huawei") if item["code"] == "revoked"]
    asked = json.loads(str(requests[0]["body"]))["token"]
    assert sorted(asked) == [token("huawei", 1), token("huawei", 2)], "the others cannot have it"
    assert (await clients.shop.post(f"/v1/messages/{message_id}/recall")).json()["recalled"] == 0


async def test_a_dry_run_is_not_cancelled_by_a_refused_recall(clients: ApiClients, clock: SetClock) -> None:
    later = (clock.now() + timedelta(hours=1)).isoformat()
    body = {**BODY, "push_time": later, "options": {"dry_run": True}}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    assert (await clients.shop.post(f"/v1/messages/{message_id}/recall")).status_code == 409
    assert (await clients.shop.get(f"/v1/messages/{message_id}")).json()["status"] == "scheduled"


async def test_a_message_that_is_not_sent_yet_is_cancelled(clients: ApiClients, clock: SetClock) -> None:
    later = (clock.now() + timedelta(hours=1)).isoformat()
    created = (await clients.shop.post("/v1/messages", json={**BODY, "push_time": later})).json()
    told = (await clients.shop.post(f"/v1/messages/{created['id']}/recall")).json()
    assert (told["status"], told["recalled"], told["vendors"]) == ("cancelled", 0, [])


async def test_a_dry_run_and_an_unknown_message_have_nothing_to_take_back(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock, dry_run=True)
    assert (await clients.shop.post(f"/v1/messages/{message_id}/recall")).status_code == 409
    assert (await clients.shop.post("/v1/messages/nothing/recall")).status_code == 404
    assert (await clients.reader.post(f"/v1/messages/{message_id}/recall")).status_code == 403
    assert (await clients.other.post(f"/v1/messages/{message_id}/recall")).status_code == 404


async def test_a_whole_block_takes_several_requests(
    clients: ApiClients, clock: SetClock, sandbox: Sandbox
) -> None:
    sandbox.reset()
    message_id = await accepted_message(clients, clock, 1024)
    told = (await clients.shop.post(f"/v1/messages/{message_id}/recall")).json()
    assert told["recalled"] == 3 * 1023
    requests = [item for item in sandbox.received(vendor="huawei") if item["code"] == "revoked"]
    sizes = sorted(len(json.loads(str(item["body"]))["token"]) for item in requests)
    assert sizes == [24, 24, 1000, 1000], "1,000 terminals a request at most"


async def test_a_repeated_recall_gets_the_first_answer(clients: ApiClients, clock: SetClock) -> None:
    message_id = await accepted_message(clients, clock)
    path = f"/v1/messages/{message_id}/recall"
    first = await clients.shop.post(path, headers={"Idempotency-Key": "k"})
    assert first.json()["recalled"] > 0, first.text
    again = await clients.shop.post(path, headers={"Idempotency-Key": "k"})
    assert again.content == first.content
    new = await clients.shop.post(path, headers={"Idempotency-Key": "another"})
    assert new.json()["recalled"] == 0
