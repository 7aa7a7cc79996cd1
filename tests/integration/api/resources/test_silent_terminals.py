"""Silent terminals are counted, and removed in the background where the caller confirms it."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields
from tests.support.hygiene import run_phases

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal

URL = "/v1/terminals:forget-silent"


@pytest.fixture
async def shop(clients: ApiClients) -> App:
    """An app of 50 terminals, 12 of which were last seen 200 days ago."""
    configured = clients.context.catalog.apps["shop"]
    long_ago = clients.context.clock.now() - timedelta(days=200)
    terminals = [Terminal(f"t{n}", "apns", f"{n:064x}", "en") for n in range(50)]
    terminals[:12] = [replace(terminal, last_seen=long_ago) for terminal in terminals[:12]]
    await clients.context.stores.registry.register(configured.app, terminals)
    return configured.app


async def post(clients: ApiClients, status: int, **body: object) -> dict[str, Any]:
    answer = await clients.shop.post(URL, json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_without_at_most_silent_terminals_are_counted_and_stay(clients: ApiClients, shop: App) -> None:
    before = (clients.context.clock.now() - timedelta(days=90)).date().isoformat()
    found = await post(clients, 200, days=90)
    assert found == {"before": before, "silent": 12, "terminals": 50, "removal": None}
    assert (await post(clients, 200, days=300))["silent"] == 0
    assert (await clients.shop.get(URL)).json() == {"removal": None}
    assert (await clients.shop.delete(URL)).json() == {"removal": None}


async def test_confirmed_silent_terminals_are_removed_and_progress_is_shown(
    clients: ApiClients, shop: App
) -> None:
    stores = clients.context.stores
    begun = (await post(clients, 202, days=90, at_most=12))["removal"]
    assert (begun["state"], begun["silent"], begun["forgotten"]) == ("running", 12, 0)
    assert (await post(clients, 202, days=90, at_most=12))["removal"] == begun, "a repeat begins no other one"
    now = clients.context.clock.now()
    assert await stores.removal_claims.claim([shop], now, now), "the schedulers find it at once"
    for shard in range(shop.shards):
        await run_phases(shop, shard, stores.silent_removals)
    ended = (await clients.shop.get(URL)).json()["removal"]
    assert (ended["state"], ended["forgotten"]) == ("finished", 12)
    assert (await clients.shop.get("/v1/terminals/t1")).status_code == 404
    assert (await clients.shop.get("/v1/terminals/t20")).status_code == 200


async def test_a_removal_can_be_stopped(clients: ApiClients, shop: App) -> None:
    await post(clients, 202, days=90, at_most=12)
    assert (await clients.shop.delete(URL)).json()["removal"]["state"] == "stopped"
    for shard in range(shop.shards):
        await run_phases(shop, shard, clients.context.stores.silent_removals)
    assert (await clients.shop.get("/v1/terminals/t1")).status_code == 200


async def test_nothing_is_removed_where_more_are_silent_than_the_caller_expects(
    clients: ApiClients, shop: App
) -> None:
    assert "12 terminals" in (await post(clients, 409, days=90, at_most=11))["detail"]
    registry = clients.context.stores.registry
    await registry.forget(shop, [f"t{n}" for n in range(30, 50)])
    assert (await post(clients, 202, days=90, at_most=12))["removal"]["state"] == "running"
    await clients.shop.delete(URL)
    await registry.forget(shop, [f"t{n}" for n in range(24, 30)])
    assert "12 of 24" in (await post(clients, 409, days=90, at_most=12))["detail"]
    assert (await post(clients, 202, days=90, at_most=12, even_most=True))["removal"]["state"] == "running"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "days"),
        ({"days": 29}, "days"),
        ({"days": 4000}, "days"),
        ({"days": 90, "at_most": 0}, "at_most"),
        ({"days": 90, "at_most": "12"}, "at_most"),
        ({"days": 90, "even_most": 1}, "even_most"),
        ({"days": 90, "dry_run": True}, "dry_run"),
    ],
)
async def test_bad_requests_name_the_field(clients: ApiClients, body: dict[str, object], field: str) -> None:
    answer = await clients.shop.post(URL, json=body)
    assert answer.status_code == 422
    assert bad_fields(answer) == {field}


async def test_a_key_for_reading_removes_nothing(clients: ApiClients) -> None:
    answers = [
        await clients.reader.post(URL, json={"days": 90}),
        await clients.reader.get(URL),
        await clients.reader.delete(URL),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
