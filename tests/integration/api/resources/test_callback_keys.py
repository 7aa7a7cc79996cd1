"""`/v1/callback-key`: operators see and rotate the keys behind callback tokens and receipt URLs."""

from dataclasses import replace
from typing import cast

import pytest
from redis.asyncio import Redis
from tests.support.api.clients import ApiClients, with_context
from tests.support.api.receipts import accepted_message, post_callback, read_results
from tests.support.clock import SetClock
from tests.support.sealing import sealer_of

from pushgate.audit.entry import decode
from pushgate.audit.streams import main_stream
from pushgate.receipts.callback_key_store import CallbackKeys
from pushgate.receipts.callback_keys import MAX_KEYS, SIGNS_AFTER


async def test_reports_of_the_old_key_count_until_the_overlap_ends(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock)
    tokens = clients.context.callbacks
    token, secret = tokens.sign("shop", message_id), tokens.address("huawei", "shop")
    answer = await clients.operator.post("/v1/callback-key:rotate", json={"overlap": "1h"})
    assert answer.status_code == 200
    new, old = answer.json()["keys"]
    assert (new["until"], old["signs_from"] is not None) == (None, True)
    clock.advance(SIGNS_AFTER.total_seconds())
    await clients.context.callback_keys.refresh()
    assert tokens.sign("shop", message_id) != token
    report = {"token": token, "terminal": "t-3"}
    assert (await clients.anyone.post("/v1/callbacks/click", json=report)).status_code == 204
    assert (await clients.anyone.post(f"/v1/receipts/huawei/shop/{secret}", content=b"{}")).status_code != 404
    clock.advance(3600)
    listed = (await clients.operator.get("/v1/callback-key")).json()
    assert [found["id"] for found in listed["keys"]] == [new["id"]]
    assert (await clients.anyone.post("/v1/callbacks/click", json=report)).status_code == 403
    assert (await clients.anyone.post(f"/v1/receipts/huawei/shop/{secret}", content=b"{}")).status_code == 404
    assert (await read_results(clients, message_id))["clicked"] == 1
    assert (await post_callback(clients, "huawei", b"{}")).status_code != 404


async def test_a_rotation_without_an_overlap_keeps_the_old_key_for_30_days(
    clients: ApiClients, clock: SetClock, redis: Redis
) -> None:
    answer = await clients.operator.post("/v1/callback-key:rotate", json={})
    assert answer.status_code == 200, answer.text
    _, old = answer.json()["keys"]
    clock.advance(30 * 86_400 - 1)
    assert len((await clients.operator.get("/v1/callback-key")).json()["keys"]) == 2
    clock.advance(1)
    assert old["id"] not in (await clients.operator.get("/v1/callback-key")).text
    *_, (_, fields) = cast("list[tuple[bytes, dict[bytes, bytes]]]", await redis.xrange(main_stream("").key))
    entry = decode(fields[b"e"])
    assert (entry.action, entry.targets) == ("callback_key.rotated", (answer.json()["keys"][0]["id"],))


async def test_secrets_are_not_shown(clients: ApiClients) -> None:
    await clients.operator.post("/v1/callback-key:rotate", json={})
    shown = (await clients.operator.get("/v1/callback-key")).text
    for found in clients.context.callback_keys.ring.keys:
        assert found.id in shown
        assert found.key.hex() not in shown


@pytest.mark.parametrize("overlap", ["soon", "-1h", "9999999d", 7, None])
async def test_an_overlap_is_a_duration(clients: ApiClients, overlap: object) -> None:
    answer = await clients.operator.post("/v1/callback-key:rotate", json={"overlap": overlap})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "overlap")


async def test_there_are_so_many_keys_at_most(clients: ApiClients) -> None:
    for _ in range(MAX_KEYS - 1):
        assert (await clients.operator.post("/v1/callback-key:rotate", json={})).status_code == 200
    assert (await clients.operator.post("/v1/callback-key:rotate", json={})).status_code == 409


async def test_keys_of_the_configuration_are_rotated_there(
    clients: ApiClients, clock: SetClock, redis: Redis
) -> None:
    keys = CallbackKeys(redis, sealer_of(b"a"), clock, [b"c" * 32])
    await keys.load()
    configured = with_context(clients, replace(clients.context, callback_keys=keys))
    answer = await configured.operator.post("/v1/callback-key:rotate", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "secrets.callback_key_file" in answer.json()["detail"]
    listed = (await configured.operator.get("/v1/callback-key")).json()
    assert listed["source"] == "configuration"
    assert listed["keys"][0]["made_at"] is None
