"""Callbacks of vendors: each report counts once, and a report that is not genuine does no harm."""

import json
from dataclasses import replace
from urllib.parse import urlencode

from tests.support.adapters.receipts import HUAWEI, signed, statuses, v1
from tests.support.api.application import create
from tests.support.api.clients import ApiClients
from tests.support.api.contract import client_of
from tests.support.api.receipts import TOKENS, accepted_message, post_callback, read_results
from tests.support.clock import SetClock


async def test_huaweis_receipts_count_each_terminal_once(clients: ApiClients, clock: SetClock) -> None:
    message_id = await accepted_message(clients, clock)
    rows = [v1(0, token=token, biTag=message_id) for token in TOKENS[:5]]
    rows += [v1(6, token=TOKENS[5], biTag=message_id)]
    for _ in range(2):
        answer = await post_callback(clients, "huawei", statuses(*rows))
        assert (answer.status_code, answer.json()) == (200, {"code": "0", "message": "success"})
    found = await read_results(clients, message_id)
    assert (found["delivered"], found["muted"], found["received"]) == (5, 1, 5)


async def test_xiaomis_receipts_and_clicks_count(clients: ApiClients, clock: SetClock) -> None:
    message_id = await accepted_message(clients, clock, "xiaomi")
    told = {
        "a": {"param": message_id, "type": 1, "targets": ",".join(TOKENS[:4]), "timestamp": 1},
        "b": {"param": message_id, "type": 2, "targets": TOKENS[0], "timestamp": 1},
    }
    body = urlencode({"data": json.dumps(told)}).encode()
    assert (await post_callback(clients, "xiaomi", body)).status_code == 200
    found = await read_results(clients, message_id)
    assert (found["delivered"], found["clicked"]) == (4, 1)


async def test_a_receipt_of_another_vendors_terminal_counts_nothing(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock, "xiaomi")
    assert (
        await post_callback(clients, "huawei", statuses(v1(0, token=TOKENS[0], biTag=message_id)))
    ).status_code == 200
    assert (await read_results(clients, message_id))["delivered"] == 0


async def test_a_long_callback_counts_to_its_end_and_one_too_long_not_at_all(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock, "xiaomi")

    def body(count: int) -> bytes:
        targets = ",".join([f"{n}" for n in range(count - len(TOKENS))] + TOKENS)
        return urlencode(
            {"data": json.dumps({"a": {"param": message_id, "type": 1, "targets": targets}})}
        ).encode()

    assert (await post_callback(clients, "xiaomi", body(50_001))).status_code == 413
    assert (await read_results(clients, message_id))["delivered"] == 0
    assert (await post_callback(clients, "xiaomi", body(7_000))).status_code == 200
    assert (await read_results(clients, message_id))["delivered"] == len(TOKENS)


async def test_what_is_of_no_message_or_terminal_of_ours_changes_nothing(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock)
    rows = [v1(0, token="somebody-else", biTag=message_id), v1(0, token=TOKENS[0], biTag="0" * 30)]
    rows += [v1(0, token=TOKENS[0], biTag="../../x")]
    assert (await post_callback(clients, "huawei", statuses(*rows, 7))).status_code == 200
    assert (await read_results(clients, message_id))["delivered"] == 0


async def test_a_wrong_address_is_nothing_whatever_is_wrong_about_it(
    clients: ApiClients, clock: SetClock
) -> None:
    await accepted_message(clients, clock)
    secret = clients.context.callbacks.address("huawei", "shop")
    for path in (
        f"huawei/shop/{secret[:-1]}",
        f"huawei/other/{secret}",
        f"xiaomi/shop/{secret}",
        f"nokia/shop/{clients.context.callbacks.address('nokia', 'shop')}",
        f"apns/shop/{clients.context.callbacks.address('apns', 'shop')}",
        "huawei/shop/%C3%A9",
    ):
        answer = await clients.anyone.post(f"/v1/receipts/{path}", content=b"{}")
        assert (answer.status_code, answer.json()["detail"]) == (404, "there is nothing at this path"), path


async def test_what_is_malformed_or_too_large_is_refused(clients: ApiClients) -> None:
    assert (await post_callback(clients, "huawei", b"nonsense")).status_code == 400
    assert (await post_callback(clients, "xiaomi", b"data=[[[")).status_code == 400
    assert (await post_callback(clients, "huawei", b" " * (2 * 1024 * 1024 + 1))).status_code == 413
    assert (await post_callback(clients, "huawei", b'{"statuses":' + b"[" * 100_000)).status_code == 400


async def test_who_clicked_has_received_whatever_else_is_reported(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock)
    callback = clients.context.callbacks.sign("shop", message_id)
    clicks = [{"token": callback, "terminal": terminal} for terminal in ("t-0", "t-1", "t-3")]
    assert (await clients.anyone.post("/v1/callbacks/click", json=clicks)).status_code == 204
    one = {"token": callback, "terminal": "t-2"}
    assert (await clients.anyone.post("/v1/callbacks/received", json=one)).status_code == 204
    found = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    for counts in (found, found["groups"][0]):
        assert (counts["delivered"], counts["clicked"], counts["received"]) == (1, 3, 4)
        assert counts["click_through_rate"] == 0.75


async def test_where_the_app_has_a_key_only_signed_callbacks_count_and_each_once(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await accepted_message(clients, clock)
    clients.context.catalog.apps["shop"].vendors["huawei"].adapter.receipt_parser = HUAWEI
    clients = replace(
        clients,
        anyone=client_of(create(clients.context)),
    )
    row = v1(0, token=TOKENS[0], biTag=message_id)
    assert (await post_callback(clients, "huawei", statuses(row))).status_code == 403
    # The test of the vendor's console may carry no signature, and nothing else either
    # (docs/reference/vendors/huawei.md#receipts).
    for empty in (statuses(), statuses({})):
        answer = await post_callback(clients, "huawei", empty)
        assert (answer.status_code, answer.json()) == (200, {"code": "0", "message": "success"})
    assert (
        await post_callback(clients, "huawei", statuses(), **signed(clock.now(), key=b"other"))
    ).status_code == 403
    headers = signed(clock.now())
    assert (await post_callback(clients, "huawei", statuses(row), **headers)).status_code == 200
    other = v1(0, token=TOKENS[1], biTag=message_id)
    assert (await post_callback(clients, "huawei", statuses(other), **headers)).status_code == 200
    assert (await read_results(clients, message_id))["delivered"] == 1, (
        "a replayed signature counts nothing new"
    )
