"""Vendors' callbacks: each report counts once, and a report that is not genuine does no harm."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from tests.support.adapters.receipts import HUAWEI, signed, statuses, v1
from tests.support.api.clients import ApiClients
from tests.support.api.contract import client_of
from tests.support.api.receipts import APP, TOKENS, post, sent
from tests.support.clock import SetClock

from pushgate.api.app import create
from pushgate.apps.catalog import AppCatalog
from pushgate.domain.errors import NotFound
from pushgate.domain.terminal import Group, Terminal


async def results(clients: ApiClients, message_id: str) -> dict[str, int]:
    found: dict[str, int] = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    return found


async def test_huaweis_receipts_count_each_terminal_once(clients: ApiClients, clock: SetClock) -> None:
    message_id = await sent(clients, clock)
    rows = [v1(0, token=token, biTag=message_id) for token in TOKENS[:5]]
    rows += [v1(6, token=TOKENS[5], biTag=message_id)]
    for _ in range(2):
        answer = await post(clients, "huawei", statuses(*rows))
        assert (answer.status_code, answer.json()) == (200, {"code": "0", "message": "success"})
    found = await results(clients, message_id)
    assert (found["delivered"], found["muted"], found["received"]) == (5, 1, 5)


async def test_xiaomis_receipts_and_clicks_count(clients: ApiClients, clock: SetClock) -> None:
    message_id = await sent(clients, clock, "xiaomi")
    told = {
        "a": {"param": message_id, "type": 1, "targets": ",".join(TOKENS[:4]), "timestamp": 1},
        "b": {"param": message_id, "type": 2, "targets": TOKENS[0], "timestamp": 1},
    }
    body = urlencode({"data": json.dumps(told)}).encode()
    assert (await post(clients, "xiaomi", body)).status_code == 200
    found = await results(clients, message_id)
    assert (found["delivered"], found["clicked"]) == (4, 1)


async def test_a_token_the_vendor_reports_dead_is_forgotten_unless_it_was_registered_since(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await sent(clients, clock)
    at = int(clock.now().timestamp() * 1000)
    rows = [v1(2, token=TOKENS[0], biTag=message_id, timestamp=at)]
    rows += [v1(2, token=TOKENS[1], biTag=message_id, timestamp=at - 3_600_000)]
    assert (await post(clients, "huawei", statuses(*rows))).status_code == 200
    with pytest.raises(NotFound):
        await clients.context.stores.registry.read(APP, "t-0")
    assert (await clients.context.stores.registry.read(APP, "t-1")).token == TOKENS[1]


def gone(param: str, *tokens: str) -> bytes:
    row = {"registrationIds": ",".join(tokens), "param": param, "eventType": "regid_invalid"}
    return json.dumps([row]).encode()


async def test_a_token_is_called_dead_only_by_its_vendor_and_of_a_message_of_the_app(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await sent(clients, clock, "oppo")
    await clients.context.stores.registry.register(APP, [Terminal("other", "apns", "apns-token", "en")])
    assert (await post(clients, "oppo", gone("not-a-message-of-ours", TOKENS[0]))).status_code == 200
    assert (await post(clients, "oppo", gone(message_id, "apns-token"))).status_code == 200
    assert sum((await clients.context.stores.terminal_counts.by_group(APP)).values()) == 21
    assert (await post(clients, "oppo", gone(message_id, TOKENS[0]))).status_code == 200
    assert await clients.context.stores.terminal_counts.by_group(APP) == {
        Group("oppo", "en"): 19,
        Group("apns", "en"): 1,
    }


async def test_whoever_was_registered_after_the_push_is_not_meant(
    clients: ApiClients, clock: SetClock
) -> None:
    """Where the vendor does not say when the token died: a callback that comes again takes no terminal that came back."""
    message_id = await sent(clients, clock, "oppo")
    await post(clients, "oppo", gone(message_id, TOKENS[0]))
    await clients.context.stores.registry.register(APP, [Terminal("t-0", "oppo", TOKENS[0], "en")])
    assert (await post(clients, "oppo", gone(message_id, TOKENS[0]))).status_code == 200
    assert (await clients.context.stores.registry.read(APP, "t-0")).token == TOKENS[0]


async def test_a_receipt_of_another_vendors_terminal_counts_nothing(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await sent(clients, clock, "xiaomi")
    assert (
        await post(clients, "huawei", statuses(v1(0, token=TOKENS[0], biTag=message_id)))
    ).status_code == 200
    assert (await results(clients, message_id))["delivered"] == 0


async def test_a_long_callback_counts_to_its_end_and_one_too_long_not_at_all(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await sent(clients, clock, "xiaomi")

    def body(count: int) -> bytes:
        targets = ",".join([f"{n}" for n in range(count - len(TOKENS))] + TOKENS)
        return urlencode(
            {"data": json.dumps({"a": {"param": message_id, "type": 1, "targets": targets}})}
        ).encode()

    assert (await post(clients, "xiaomi", body(50_001))).status_code == 413
    assert (await results(clients, message_id))["delivered"] == 0
    assert (await post(clients, "xiaomi", body(7_000))).status_code == 200
    assert (await results(clients, message_id))["delivered"] == len(TOKENS)


async def test_if_most_are_reported_dead_they_are_kept(clients: ApiClients, clock: SetClock) -> None:
    message_id = await sent(clients, clock)
    at = int(clock.now().timestamp() * 1000)
    rows = [v1(2, token=token, biTag=message_id, timestamp=at) for token in TOKENS]
    assert (await post(clients, "huawei", statuses(*rows))).status_code == 200
    assert await clients.context.stores.terminal_counts.by_group(APP) == {Group("huawei", "en"): 20}
    assert await clients.context.stores.totals.held_removals() == {("shop", "huawei"): 20}


async def test_a_callback_of_nothing_but_dead_ones_is_judged_by_the_whole_message(
    clients: ApiClients, clock: SetClock
) -> None:
    """Xiaomi's have one type each, so one that tells of dead ones tells of nothing else
    (docs/reference/vendors/xiaomi.md#receipts).
    """
    message_id = await sent(clients, clock, "xiaomi", count=40)
    dead = TOKENS[:12]
    told = {"a": {"param": message_id, "type": 16, "targets": ",".join(dead)}}
    for _ in range(3):
        assert (
            await post(clients, "xiaomi", urlencode({"data": json.dumps(told)}).encode())
        ).status_code == 200
    assert await clients.context.stores.terminal_counts.by_group(APP) == {Group("xiaomi", "en"): 28}
    assert await clients.context.stores.totals.held_removals() == {}
    assert (await results(clients, message_id))["gone"] == 12


async def test_dead_ones_told_bit_by_bit_are_too_many_in_the_end(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await sent(clients, clock, "oppo")
    for token in TOKENS:
        await post(clients, "oppo", gone(message_id, token))
    assert await clients.context.stores.terminal_counts.by_group(APP) == {Group("oppo", "en"): 11}
    assert await clients.context.stores.totals.held_removals() == {("shop", "oppo"): 11}


async def test_a_terminal_that_was_not_sent_the_message_is_not_forgotten_for_it(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await sent(clients, clock, "oppo")
    await clients.context.stores.registry.register(APP, [Terminal("later", "oppo", "later-token", "en")])
    clock.advance(1)
    at = (clock.now()).isoformat()
    row = {
        "registrationIds": "later-token",
        "param": message_id,
        "eventType": "regid_invalid",
        "eventTime": at,
    }
    assert (await post(clients, "oppo", json.dumps([row]).encode())).status_code == 200
    assert (await clients.context.stores.registry.read(APP, "later")).token == "later-token"


async def test_a_time_in_the_future_means_nobody_who_comes_later(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await sent(clients, clock)
    far = int((clock.now() + timedelta(days=3650)).timestamp() * 1000)
    clock.advance(3600)
    await clients.context.stores.registry.register(APP, [Terminal("t-0", "huawei", TOKENS[0], "en")])
    clock.advance(3600)
    row = v1(2, token=TOKENS[0], biTag=message_id, timestamp=far)
    assert (await post(clients, "huawei", statuses(row))).status_code == 200
    assert (await clients.context.stores.registry.read(APP, "t-0")).token == TOKENS[0]


async def test_what_is_of_no_message_or_terminal_of_ours_changes_nothing(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await sent(clients, clock)
    rows = [v1(0, token="somebody-else", biTag=message_id), v1(0, token=TOKENS[0], biTag="0" * 28)]
    rows += [v1(0, token=TOKENS[0], biTag="../../x")]
    assert (await post(clients, "huawei", statuses(*rows, 7))).status_code == 200
    assert (await results(clients, message_id))["delivered"] == 0


async def test_a_wrong_address_is_nothing_whatever_is_wrong_about_it(
    clients: ApiClients, clock: SetClock
) -> None:
    await sent(clients, clock)
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
    assert (await post(clients, "huawei", b"nonsense")).status_code == 400
    assert (await post(clients, "xiaomi", b"data=[[[")).status_code == 400
    assert (await post(clients, "huawei", b" " * (2 * 1024 * 1024 + 1))).status_code == 413
    assert (await post(clients, "huawei", b'{"statuses":' + b"[" * 100_000)).status_code == 400


async def test_who_clicked_has_received_whatever_else_is_reported(
    clients: ApiClients, clock: SetClock
) -> None:
    message_id = await sent(clients, clock)
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
    message_id = await sent(clients, clock)
    clients.context.catalog.apps["shop"].vendors["huawei"].adapter.receipt_parser = HUAWEI
    clients = replace(
        clients,
        anyone=client_of(create(clients.context)),
    )
    row = v1(0, token=TOKENS[0], biTag=message_id)
    assert (await post(clients, "huawei", statuses(row))).status_code == 403
    # The test of the vendor's console may carry no signature, and nothing else either
    # (docs/reference/vendors/huawei.md#receipts).
    for empty in (statuses(), statuses({})):
        answer = await post(clients, "huawei", empty)
        assert (answer.status_code, answer.json()) == (200, {"code": "0", "message": "success"})
    assert (await post(clients, "huawei", statuses(), **signed(clock.now(), key=b"other"))).status_code == 403
    headers = signed(clock.now())
    assert (await post(clients, "huawei", statuses(row), **headers)).status_code == 200
    other = v1(0, token=TOKENS[1], biTag=message_id)
    assert (await post(clients, "huawei", statuses(other), **headers)).status_code == 200
    assert (await results(clients, message_id))["delivered"] == 1, "a replayed signature counts nothing new"


async def test_a_browser_of_any_origin_may_report(clients: ApiClients) -> None:
    """A service worker asks first, and has no API key."""
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    answer = await clients.anyone.options("/v1/callbacks/click", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "content-type"
    report = {"token": clients.context.callbacks.sign("shop", "none"), "terminal": "t"}
    answer = await clients.anyone.post("/v1/callbacks/click", json=report)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")
    answer = await clients.anyone.post("/v1/messages", json={}, headers={"Origin": "https://shop.example"})
    assert "access-control-allow-origin" not in answer.headers


async def test_a_process_without_settings_for_the_app_loses_no_report(
    clients: ApiClients, clock: SetClock
) -> None:
    """As in a rolling restart: a vendor is asked to repeat its callback, a client's report counts."""
    message_id = await sent(clients, clock)
    stranger = httpx.AsyncClient(
        transport=httpx.ASGITransport(
            app=create(
                replace(clients.context, catalog=AppCatalog(clients.context.stores.registered_apps, {}))
            )
        ),
        base_url="http://test",
    )
    address = f"/v1/receipts/huawei/shop/{clients.context.callbacks.address('huawei', 'shop')}"
    body = statuses(v1(0, token=TOKENS[0], biTag=message_id))
    answer = await stranger.post(address, content=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_configured_here")
    assert answer.headers["retry-after"] == "5"
    assert (await stranger.post(f"{address}x", content=body)).status_code == 404
    report = {"token": clients.context.callbacks.sign("shop", message_id), "terminal": "t-3"}
    assert (await stranger.post("/v1/callbacks/click", json=report)).status_code == 204
    assert (await results(clients, message_id))["clicked"] == 1
    headers = {"Authorization": clients.shop.headers["Authorization"]}
    asked = await stranger.get(f"/v1/messages/{message_id}", headers=headers)
    assert (asked.status_code, asked.json()["code"]) == (503, "not_configured_here")
    await stranger.aclose()
