"""The client library against the served API."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.api.bodies import token
from tests.support.api.clients import ApiClients
from tests.support.client_library.calls import CALLS, CONTENT, EVERYONE, MESSAGE, Started, finish
from tests.support.client_library.opening import Opener, key_of
from tests.support.clock import SetClock

from pushgate_client import (
    ApiError,
    AsyncPushgate,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    RateLimited,
    Unauthorized,
)


def terminals(count: int) -> list[dict[str, Any]]:
    return [{"id": f"t{number}", "vendor": "apns", "token": token(number)} for number in range(count)]


async def test_a_message_is_sent_changed_looked_at_and_cancelled(
    pushgate: AsyncPushgate, clock: SetClock
) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    sent = await pushgate.messages.send(CONTENT, EVERYONE, push_time=tomorrow)
    assert sent["status"] == "scheduled"
    changed = await pushgate.messages.change(sent["id"], {"push_time": tomorrow.isoformat()})
    assert changed["id"] == sent["id"]
    assert (await pushgate.messages.get(sent["id"]))["id"] == sent["id"]
    assert (await pushgate.messages.results(sent["id"]))["targeted"] == 0
    assert (await pushgate.messages.cancel(sent["id"]))["status"] == "cancelled"


async def test_the_same_idempotency_key_is_the_same_message(pushgate: AsyncPushgate) -> None:
    first = await pushgate.messages.send(CONTENT, EVERYONE, idempotency_key="order-7")
    second = await pushgate.messages.send(CONTENT, EVERYONE, idempotency_key="order-7")
    third = await pushgate.messages.send(CONTENT, EVERYONE)
    assert first["id"] == second["id"] != third["id"]


async def test_a_batch_has_a_result_for_each_message(pushgate: AsyncPushgate) -> None:
    good, bad = await pushgate.messages.send_many([MESSAGE, {**MESSAGE, "audience": {}}])
    assert (good["status"], bad["status"]) == (202, 422)


async def test_lists_are_read_page_by_page_to_their_end(pushgate: AsyncPushgate) -> None:
    ids = {(await pushgate.messages.send(CONTENT, EVERYONE))["id"] for _ in range(3)}
    assert {one["id"] async for one in pushgate.messages.list(page_size=1)} == ids


async def test_terminals_are_imported_searched_and_exported(pushgate: AsyncPushgate, tmp_path: Path) -> None:
    lines = [one | {"attributes": {"note": "a\u2028b"}} for one in terminals(1200)]
    done = await pushgate.terminals.import_all(iter(lines), name="first")
    assert (done["created"], done["failed"]) == (1200, 0)
    assert (await pushgate.terminals.import_progress("first"))["status"] == "finished"
    exported = [one async for one in pushgate.terminals.export()]
    assert {one["id"]: one["token"] for one in exported} == {one["id"]: one["token"] for one in lines}
    found = [one["id"] async for one in pushgate.terminals.search(vendor="apns", page_size=1000)]
    assert sorted(found) == sorted(one["id"] for one in lines)
    file = tmp_path / "more.csv"
    file.write_text(f"id,vendor,token\nc1,apns,{token(5000)}\nc2,apns,zz\n")
    done = await pushgate.terminals.import_all(file)
    assert (done["created"], done["failed"], done["errors"][0]["line"]) == (1, 1, 3)
    with file.open("rb") as opened:
        assert (await pushgate.terminals.import_all(opened, form="csv"))["updated"] == 1


async def test_ids_reach_the_api_as_they_are(pushgate: AsyncPushgate) -> None:
    """Also those that mean something in a path."""
    user = "a/b?c#d%20 张三"
    for name in ("..", ".", "a:b@c=d+e~f"):
        await pushgate.terminals.register(name, {"vendor": "apns", "token": token(1), "user": user})
        assert (await pushgate.terminals.get(name))["id"] == name
    kept = await pushgate.users.get(user)
    assert (kept["user"], [one["id"] for one in kept["terminals"]]) == (user, ["a:b@c=d+e~f"])
    await pushgate.terminals.delete("a:b@c=d+e~f")
    with pytest.raises(NotFound):
        await pushgate.terminals.get("a:b@c=d+e~f")


async def test_a_draft_is_not_overwritten_by_chance(pushgate: AsyncPushgate) -> None:
    draft = await pushgate.drafts.create({"content": {"en": {"title": "Sale"}}})
    await pushgate.drafts.replace(draft["id"], {"content": {}}, revision=draft["revision"])
    with pytest.raises(Conflict) as raised:
        await pushgate.drafts.replace(draft["id"], {"content": {}}, revision=draft["revision"])
    assert raised.value.code == "outdated_revision"
    await pushgate.drafts.delete(draft["id"])
    assert [one async for one in pushgate.drafts.list()] == []


async def test_events_are_followed_over_portions_and_restarts(pushgate: AsyncPushgate) -> None:
    begun = (await pushgate.events.poll())["after"]
    stream = pushgate.events.follow(begun, types=["terminal.registered"])
    for one in terminals(2):
        await pushgate.terminals.register(one["id"], {"vendor": "apns", "token": one["token"]})
    seen: list[str] = []
    async for event in stream:
        seen.append(event["id"])
        if len(seen) == 2:
            break
    again = pushgate.events.follow(stream.after, types=["terminal.registered"])
    async for event in again:
        assert event["id"] in seen, "what was begun comes again"
        break


async def test_the_state_is_shown(pushgate: AsyncPushgate) -> None:
    assert (await pushgate.operations.health())["status"] == "ok"
    assert (await pushgate.operations.readiness())["redis"] == "ok"
    assert "problems" in await pushgate.operations.status()


Action = Callable[[AsyncPushgate], Started]
NO_SUCH_MESSAGE = "0" * 30


@pytest.mark.parametrize(
    ("who", "action", "kind", "code"),
    [
        ("anyone", CALLS["list_messages"], Unauthorized, "unauthorized"),
        ("reader", CALLS["create_message"], Forbidden, "forbidden"),
        ("shop", lambda p: p.messages.get(NO_SUCH_MESSAGE), NotFound, "not_found"),
        ("shop", lambda p: p.messages.send(CONTENT, {}), InvalidRequest, "invalid_request"),
        ("shop", lambda p: p.events.poll("odd"), InvalidRequest, "invalid_request"),
    ],
)
async def test_errors_are_told_by_kind_and_code(
    clients: ApiClients,
    address: str,
    opener: Opener,
    who: str,
    action: Action,
    kind: type[ApiError],
    code: str,
) -> None:
    async with opener(address, key_of(getattr(clients, who))) as client:
        with pytest.raises(kind) as raised:
            await finish(action(client))
    assert raised.value.code == code
    assert bool(raised.value.errors) == (kind is InvalidRequest)
    assert code in str(raised.value)


async def test_a_reused_idempotency_key_is_a_conflict(pushgate: AsyncPushgate) -> None:
    await pushgate.messages.send(CONTENT, EVERYONE, idempotency_key="order-8")
    with pytest.raises(Conflict) as raised:
        await pushgate.messages.send(CONTENT, {"tag": "vip"}, idempotency_key="order-8")
    assert raised.value.code == "idempotency_key_reused"
    assert not isinstance(raised.value, RateLimited)
