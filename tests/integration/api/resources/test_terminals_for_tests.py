"""Terminals are marked as one's own, for tests."""

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

from pushgate.domain.app import App
from pushgate.domain.terminal import Terminal
from pushgate.terminals import marked_terminals as module

SHOP = App("shop")


@pytest.fixture(autouse=True)
async def terminals(clients: ApiClients) -> None:
    await clients.context.stores.registry.register(
        SHOP, [Terminal(name, "apns", f"token-{name}", "en") for name in ("a", "b", "c")]
    )


async def test_marked_terminals_are_listed_by_name_and_missing_ones_say_so(clients: ApiClients) -> None:
    for terminal, name in (("a", "Ben's phone"), ("b", "Anna's phone")):
        answer = await clients.shop.put(f"/v1/test-terminals/{terminal}", json={"name": name})
        assert answer.status_code == 200
    await clients.context.stores.registry.forget(SHOP, ["a"])
    found = (await clients.shop.get("/v1/test-terminals")).json()["terminals"]
    assert [(one["name"], one["registered"], one["vendor"]) for one in found] == [
        ("Anna's phone", True, "apns"),
        ("Ben's phone", False, None),
    ]
    assert (await clients.shop.get("/v1/test-terminals/b")).json() == found[0]
    assert (await clients.other.get("/v1/test-terminals")).json()["terminals"] == []


async def test_a_mark_is_renamed_and_taken_off(clients: ApiClients) -> None:
    for name in ("one", "two"):
        await clients.shop.put("/v1/test-terminals/a", json={"name": name})
    assert (await clients.shop.get("/v1/test-terminals/a")).json()["name"] == "two"
    for _ in range(2):
        assert (await clients.shop.delete("/v1/test-terminals/a")).status_code == 204
    assert (await clients.shop.get("/v1/test-terminals/a")).status_code == 404
    assert (await clients.shop.get("/v1/terminals/a")).status_code == 200


async def test_limits(clients: ApiClients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MARKED", 1)
    assert (await clients.shop.put("/v1/test-terminals/none", json={"name": "x"})).status_code == 404
    assert bad_fields(await clients.shop.put("/v1/test-terminals/a", json={"name": ""})) == {"name"}
    for terminal, status in (("a", 200), ("b", 409), ("a", 200)):
        answer = await clients.shop.put(f"/v1/test-terminals/{terminal}", json={"name": "x"})
        assert answer.status_code == status
    assert (await clients.reader.get("/v1/test-terminals")).status_code == 403
