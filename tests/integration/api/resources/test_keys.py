"""API keys by API: created, listed, rotated and revoked, by an app's admin and by an operator."""

from datetime import timedelta
from typing import cast

import httpx
import pytest
from redis.asyncio import Redis
from tests.support.api.application import create
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.api.contract import client_of
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock

from pushgate.api.times import format_instant

Stream = list[tuple[bytes, dict[bytes, bytes]]]


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


async def made(client: httpx.AsyncClient, **body: object) -> dict[str, object]:
    answer = await client.post("/v1/keys", json={"scopes": ["read"], **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


async def status_with(clients: ApiClients, text: object) -> int:
    return (await clients.anyone.get("/v1/messages", headers=bearer(str(text)))).status_code


async def test_an_admin_creates_keys_of_its_app(clients: ApiClients, clock: SetClock) -> None:
    key = await made(clients.other, name="dashboard", rate_limit=50, networks=["10.0.0.0/8", "10.0.0.0/8"])
    assert {name: key[name] for name in key if name not in ("id", "key", "created_by")} == {
        "app": "other",
        "scopes": ["read"],
        "name": "dashboard",
        "created_at": format_instant(clock.now()),
        "expires_at": None,
        "networks": ["10.0.0.0/8"],
        "rate_limit": 50,
        "last_used_at": None,
        "previous_until": None,
    }
    assert str(key["key"]).startswith(f"pg_{key['id']}_")
    shown = (await clients.other.get(f"/v1/keys/{key['id']}")).json()
    assert shown == {name: value for name, value in key.items() if name != "key"}


async def test_an_operator_creates_keys_of_any_app_and_of_none(clients: ApiClients) -> None:
    of_shop = await made(clients.operator, app="shop")
    assert await status_with(clients, of_shop["key"]) == 200
    operators = await made(clients.operator, scopes=["operator"])
    assert operators["app"] is None
    listed = (await clients.operator.get("/v1/keys")).json()["keys"]
    assert {of_shop["id"], operators["id"]} <= {key["id"] for key in listed}
    only_shop = (await clients.operator.get("/v1/keys?app=shop")).json()["keys"]
    assert {key["app"] for key in only_shop} == {"shop"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["write"]}, "scopes.0"),
        ({"scopes": ["read"], "name": "x" * 201}, "name"),
        ({"scopes": ["read"], "name": "a\nb"}, "name"),
        ({"scopes": ["read"], "name": "\x1b[31m"}, "name"),
        ({"scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"scopes": ["read"], "expires_at": "tomorrow"}, "expires_at"),
        ({"scopes": ["read"], "networks": ["10.1.2.3/8"]}, "networks.0"),
        ({"scopes": ["read"], "networks": ["10.0.0.1"] * 33}, "networks"),
        ({"scopes": ["read"], "rate_limit": 0}, "rate_limit"),
        ({"scopes": ["read"], "rate_limit": 1.5}, "rate_limit"),
        ({"scopes": ["read"], "role": "x"}, "role"),
    ],
)
async def test_a_bad_field_is_named(clients: ApiClients, body: object, field: str) -> None:
    answer = await clients.other.post("/v1/keys", json=body)
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer) == {field}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["read"]}, "app"),
        ({"scopes": ["read"], "app": "nothing"}, "app"),
        ({"scopes": ["operator"], "app": "shop"}, "scopes"),
        ({"scopes": ["operator", "read"]}, "scopes"),
    ],
)
async def test_an_operator_must_say_whose_key_it_is(clients: ApiClients, body: object, field: str) -> None:
    answer = await clients.operator.post("/v1/keys", json=body)
    assert answer.status_code == 422, answer.text
    assert field in bad_fields(answer)


async def test_an_admin_has_no_power_over_other_keys(clients: ApiClients) -> None:
    of_shop = await made(clients.operator, app="shop")
    operators = await made(clients.operator, scopes=["operator"])
    admin = clients.other
    assert (await admin.post("/v1/keys", json={"scopes": ["operator"]})).status_code == 403
    assert (await admin.post("/v1/keys", json={"scopes": ["read"], "app": "shop"})).status_code == 403
    assert (await admin.get("/v1/keys?app=shop")).status_code == 403
    for key in (of_shop, operators):
        path = f"/v1/keys/{key['id']}"
        assert (await admin.get(path)).status_code == 404
        assert (await admin.delete(path)).status_code == 404
        assert (await admin.post(f"{path}:rotate", json={})).status_code == 404
    assert await status_with(clients, of_shop["key"]) == 200


async def test_lists_come_in_pages_and_hold_no_secret(clients: ApiClients) -> None:
    texts = [str((await made(clients.other))["key"]) for _ in range(4)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await clients.other.get(
            "/v1/keys", params={"limit": 2} | ({"cursor": cursor} if cursor else {})
        )
        assert not any(text.split("_")[2] in answer.text for text in texts)
        assert "digest" not in answer.text
        seen += [key["id"] for key in answer.json()["keys"]]
        cursor = answer.json()["next_cursor"]
    assert len(seen) == len(set(seen)) == 5
    assert {text.split("_")[1] for text in texts} <= set(seen)


async def test_a_revoked_key_is_refused_at_once(clients: ApiClients) -> None:
    key = await made(clients.other)
    assert await status_with(clients, key["key"]) == 200
    assert (await clients.other.delete(f"/v1/keys/{key['id']}")).status_code == 204
    assert await status_with(clients, key["key"]) == 401
    assert (await clients.other.delete(f"/v1/keys/{key['id']}")).status_code == 404


async def test_both_secrets_hold_until_the_overlap_ends(clients: ApiClients, clock: SetClock) -> None:
    key = await made(clients.other)
    answer = await clients.other.post(f"/v1/keys/{key['id']}:rotate", json={"overlap": "1h"})
    rotated = answer.json()
    assert rotated["id"] == key["id"]
    assert rotated["previous_until"] == format_instant(clock.now() + timedelta(hours=1))
    assert await status_with(clients, key["key"]) == await status_with(clients, rotated["key"]) == 200
    clock.advance(3600)
    assert await status_with(clients, key["key"]) == 401
    assert await status_with(clients, rotated["key"]) == 200


async def test_a_rotation_without_overlap_ends_the_secret_at_once(clients: ApiClients) -> None:
    key = await made(clients.other)
    rotated = (await clients.other.post(f"/v1/keys/{key['id']}:rotate", json={"overlap": "0s"})).json()
    assert await status_with(clients, key["key"]) == 401
    assert await status_with(clients, rotated["key"]) == 200


async def test_too_many_rotations_within_the_overlap_are_refused(clients: ApiClients) -> None:
    path = f"/v1/keys/{(await made(clients.other))['id']}:rotate"
    statuses = [(await clients.other.post(path, json={"overlap": "30d"})).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 409]
    assert (await clients.other.post(path, json={"overlap": "0s"})).status_code == 200


@pytest.mark.parametrize("overlap", ["31d", "soon", 3600, None])
async def test_a_bad_overlap_is_named(clients: ApiClients, overlap: object) -> None:
    path = f"/v1/keys/{(await made(clients.other))['id']}:rotate"
    assert bad_fields(await clients.other.post(path, json={"overlap": overlap})) == {"overlap"}


async def test_an_expired_key_is_refused_with_the_reason(clients: ApiClients, clock: SetClock) -> None:
    key = await made(clients.other, expires_at=format_instant(clock.now() + timedelta(hours=1)))
    assert await status_with(clients, key["key"]) == 200
    clock.advance(3600)
    answer = await clients.anyone.get("/v1/messages", headers=bearer(str(key["key"])))
    assert answer.status_code == 401
    assert "expired at" in answer.json()["detail"]
    wrong = str(key["key"])[:-1] + ("0" if str(key["key"])[-1] != "0" else "1")
    told = (await clients.anyone.get("/v1/messages", headers=bearer(wrong))).json()["detail"]
    assert "expired" not in told  # only who has the secret learns about the key


@pytest.mark.parametrize(
    ("networks", "status"),
    [(["127.0.0.0/8"], 200), (["::ffff:127.0.0.1"], 200), (["10.0.0.0/8", "2001:db8::/32"], 403)],
)
async def test_a_key_may_be_for_some_networks_alone(
    clients: ApiClients, networks: list[str], status: int
) -> None:
    key = await made(clients.other, networks=networks)
    answer = await clients.anyone.get("/v1/messages", headers=bearer(str(key["key"])))
    assert answer.status_code == status, answer.text
    assert "10.0.0.0" not in answer.text


async def test_a_key_has_its_rate(clients: ApiClients) -> None:
    key = await made(clients.other, rate_limit=3)
    statuses = [await status_with(clients, key["key"]) for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    answer = await clients.anyone.get("/v1/messages", headers=bearer(str(key["key"])))
    assert int(answer.headers["retry-after"]) == 1
    assert answer.json()["code"] == "rate_limited"
    other = await made(clients.other, rate_limit=3)
    assert await status_with(clients, other["key"]) == 200


async def test_a_batch_counts_as_many_requests_as_it_has_messages(clients: ApiClients) -> None:
    key = await made(clients.operator, app="shop", scopes=["push"], rate_limit=10)
    headers = bearer(str(key["key"]))
    body = {"messages": [GOOD] * 30}
    first = await clients.anyone.post("/v1/messages:batch", json=body, headers=headers)
    assert first.status_code == 200
    second = await clients.anyone.post("/v1/messages:batch", json=body, headers=headers)
    assert second.status_code == 429
    assert int(second.headers["retry-after"]) in (2, 3)


async def test_the_audit_log_has_what_was_done_to_keys_and_no_secret(
    clients: ApiClients, redis: Redis
) -> None:
    key = await made(clients.other, name="dashboard")
    rotated = (await clients.other.post(f"/v1/keys/{key['id']}:rotate", json={})).json()
    await clients.other.delete(f"/v1/keys/{key['id']}")
    entries = [fields[b"e"] for _, fields in cast("Stream", await redis.xrange("{q}:audit:other"))]
    actions = (b"key.created", b"key.rotated", b"key.revoked")
    assert [any(action in entry for entry in entries) for action in actions] == [True] * 3
    for text in (str(key["key"]), rotated["key"]):
        assert not any(text.split("_")[2].encode() in entry for entry in entries)


async def test_a_proxy_hides_no_address_from_networks(clients: ApiClients) -> None:
    """The address is the one of the access log: only trusted proxies name another one."""
    key = await made(clients.other, networks=["203.0.113.9"])
    headers = bearer(str(key["key"])) | {"X-Forwarded-For": "203.0.113.9"}
    async with client_of(create(clients.context), headers) as client:
        assert (await client.get("/v1/messages")).status_code == 403
