"""A migrated store with messages in all stages: everything is as it was, and goes on."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from tests.support.api.clients import ApiClients
from tests.support.clock import SetClock
from tests.support.engines import Engine
from tests.support.pipeline import create_pipeline
from tests.support.registry_laws import check_registry
from tests.support.sandbox import Sandbox
from tests.support.upgrade.carried import run_everything
from tests.support.upgrade.record import VENDORS
from tests.support.upgrade.recorded_store import RecordedStore, read_answers

from pushgate.adapters.contract import Adapter
from pushgate.domain.app import App
from pushgate.domain.clock import from_ms
from pushgate.migrations.migrate import migrate
from pushgate.receipts.callback_token import CallbackTokens

pytestmark = pytest.mark.single_redis
APP = App("shop", 2)
ANSWERS = read_answers(2)
MESSAGES: Mapping[str, Any] = ANSWERS["messages"]
SENT_LATER = {
    "large scheduled": len(ANSWERS["terminals"]),
    "small scheduled": 2,
    "small revised": 3,
    "large retried": 200,
    "small retried": 2,
    "large sending": len(ANSWERS["terminals"]),
    "small sending": 2,
}
"""Messages that were not sent yet, and how many terminals they are for."""


@pytest.fixture(autouse=True)
async def carried(version_2: RecordedStore, redis: Redis) -> None:
    """The store of version 2 is carried over before an API starts."""
    assert version_2.keys
    await migrate(redis, lambda *_: None)


async def test_terms_and_pointers_follow_from_rows(redis: Redis) -> None:
    await check_registry(redis, APP)


async def test_terminals_are_as_they_were(clients: ApiClients) -> None:
    for name, known in ANSWERS["terminals"].items():
        found = (await clients.shop.get(f"/v1/terminals/{name}")).json()
        assert {field: found[field] for field in known} == known


async def test_messages_and_results_are_as_they_were(clients: ApiClients) -> None:
    for name, known in MESSAGES.items():
        path = f"/v1/messages/{known['message']['id']}"
        message, results = [(await clients.shop.get(path + more)).json() for more in ("", "/results")]
        assert _known_fields(message, known["message"]) == known["message"], name
        counts = {field: value for field, value in known["results"].items() if field != "waiting"}
        assert _known_fields(results, counts) == counts, name


async def test_audiences_find_terminals_by_what_version_2_stored(clients: ApiClients) -> None:
    terminals = ANSWERS["terminals"].values()
    expected = [
        ({"tag": "third"}, sum("third" in one["tags"] for one in terminals)),
        ({"timezone": "Asia/Shanghai"}, sum(one["timezone"] == "Asia/Shanghai" for one in terminals)),
        ({"language": "en-AU"}, sum(one["language"] == "en-AU" for one in terminals)),
        ({"vendor": "oppo"}, sum(one["vendor"] == "oppo" for one in terminals)),
    ]
    for audience, count in expected:
        answer = await clients.shop.post("/v1/audience:count", json={"audience": audience})
        assert answer.json()["total"] == count, (audience, answer.text)


async def test_what_was_not_sent_is_sent_once(
    clients: ApiClients,
    redis: Redis,
    clock: SetClock,
    adapters: dict[str, Adapter],
    sandbox: Sandbox,
    gear: Engine,
) -> None:
    clock.at += timedelta(minutes=2)
    pipeline = create_pipeline(redis, clock, adapters, APP)
    await run_everything(pipeline, APP, VENDORS, gear.url)
    clock.at = from_ms(int(clock.at.timestamp() * 1000)) + timedelta(days=20)
    await run_everything(pipeline, APP, VENDORS, gear.url)
    for name, targeted in SENT_LATER.items():
        results = (await clients.shop.get(f"/v1/messages/{MESSAGES[name]['message']['id']}/results")).json()
        ended = {state: results[state] for state in ("targeted", "pending", "accepted")}
        assert ended == {"targeted": targeted, "pending": 0, "accepted": targeted}, (name, results)
    assert sum(sandbox.summary(vendor)["duplicates"] for vendor in VENDORS) == 0


async def test_a_click_on_a_push_of_version_2_counts(clients: ApiClients, version_2: RecordedStore) -> None:
    (key,) = next(key.items for key in version_2.keys if key.name == b"{q}:callback-key")
    name, known = "small sent", MESSAGES["small sent"]
    token = CallbackTokens(key).sign("shop", known["message"]["id"])
    answer = await clients.anyone.post("/v1/callbacks/click", json={"token": token, "terminal": "t-100"})
    assert answer.status_code == 204, answer.text
    results = (await clients.shop.get(f"/v1/messages/{known['message']['id']}/results")).json()
    assert results["clicked"] == known["results"]["clicked"] + 1, name


def _known_fields(found: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What of an answer version 2 knew, too."""
    return {
        field: _cut(found[field], value) if isinstance(value, dict | list) else found[field]
        for field, value in known.items()
    }


def _cut(found: Any, known: Any) -> Any:  # JSON
    match known:
        case dict():
            return {field: _cut(found.get(field), value) for field, value in known.items()}
        case list() if len(found) == len(known):
            return [_cut(one, other) for one, other in zip(found, known, strict=True)]
    return found
