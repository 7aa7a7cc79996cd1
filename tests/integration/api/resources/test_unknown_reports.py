"""Receipts and clicks that name nobody: answered as all others, counted, and shown where an
operator looks.
"""

import pytest
from redis.asyncio import Redis
from tests.support.adapters.receipts import statuses, v1
from tests.support.api.clients import ApiClients
from tests.support.api.receipts import TOKENS, accepted_message, post_callback
from tests.support.clock import SetClock

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.terminals.language_limits import LanguageLimits

NONE = {"delivered": 0, "clicked": 0, "muted": 0, "gone": 0}


async def unknown(clients: ApiClients) -> list[tuple[str, str, str, int]]:
    rows = (await clients.operator.get("/status")).json()["unknown_reports"]
    assert {row["app"] for row in rows} <= {"shop"}
    return [(row["source"], row["receipt"], row["unknown"], row["count"]) for row in rows]


@pytest.mark.parametrize(("call", "receipt"), [("click", "clicked"), ("received", "delivered")])
async def test_what_a_client_reports_of_nobody_is_counted(
    clients: ApiClients, clock: SetClock, call: str, receipt: str
) -> None:
    message_id = await accepted_message(clients, clock)
    callback = clients.context.callbacks.sign("shop", message_id)
    late = Terminal("registered-since", "huawei", "later", "en")
    await clients.context.stores.registry.register(App("shop"), [late])
    names = ["t-1", "nobody", late.id, "no-such-token"]
    for _ in range(2):
        reports = [{"token": callback, "terminal": name} for name in names]
        assert (await clients.anyone.post(f"/v1/callbacks/{call}", json=reports)).status_code == 204
    found = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert (found[receipt], found["unknown_reports"]) == (1, {**NONE, receipt: 6})
    gone = {"token": clients.context.callbacks.sign("shop", "0" * 30), "terminal": "t-1"}
    assert (await clients.anyone.post(f"/v1/callbacks/{call}", json=gone)).status_code == 204
    assert await unknown(clients) == [("client", receipt, "message", 1), ("client", receipt, "terminal", 6)]
    assert len((await clients.shop.get("/status")).json()["unknown_reports"]) == 2
    assert (await clients.other.get("/status")).json()["unknown_reports"] == [], "another app's are not shown"


async def test_what_a_vendor_reports_of_nobody_is_counted(clients: ApiClients, clock: SetClock) -> None:
    message_id = await accepted_message(clients, clock)
    before = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert before["unknown_reports"] == NONE
    rows = [v1(0, token=TOKENS[0], biTag=message_id), v1(0, token="strange", biTag=message_id)]
    rows += [v1(6, token="strange", biTag=message_id), v1(2, token="strange", biTag=message_id)]
    rows += [
        v1(0, token=TOKENS[0], biTag="of-another-sender"),
        v1(2, token=TOKENS[0], biTag="of-another-sender"),
    ]
    assert (await post_callback(clients, "huawei", statuses(*rows))).status_code == 200
    found = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert found["unknown_reports"] == {"delivered": 1, "clicked": 0, "muted": 1, "gone": 1}
    assert await unknown(clients) == [
        ("huawei", "delivered", "message", 1),
        ("huawei", "delivered", "terminal", 1),
        ("huawei", "gone", "message", 1),
        ("huawei", "gone", "terminal", 1),
        ("huawei", "muted", "terminal", 1),
    ]


async def test_the_counters_are_metrics_and_pass_with_the_message(
    clients: ApiClients, clock: SetClock, redis: Redis
) -> None:
    clients.context.stores.languages.limits = LanguageLimits(exact=1, coarse=1)
    for number, language in enumerate(("en", "ja")):
        body = {"vendor": "apns", "token": f"{number:064x}", "language": language}
        await clients.shop.put(f"/v1/terminals/t{number}", json=body)
    message_id = await accepted_message(clients, clock)
    report = {"token": clients.context.callbacks.sign("shop", message_id), "terminal": "nobody"}
    await clients.anyone.post("/v1/callbacks/click", json=report)
    text = (await clients.operator.get("/metrics/fleet")).text
    for line in (
        'pushgate_unknown_reports_total{app="shop",receipt="clicked",source="client",unknown="terminal"} 1.0',
        'pushgate_languages{app="shop"} 1.0',
        'pushgate_language_limited_registrations_total{app="shop"} 1.0',
    ):
        assert line in text
    status = (await clients.operator.get("/status")).json()
    assert {"app": "shop", "languages": 1, "limited": 1} in status["languages"]
    (key,) = [key async for key in redis.scan_iter(f"*:m:{message_id}:unknown")]
    assert await redis.pttl(key) > 0
