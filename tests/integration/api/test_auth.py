"""A call needs a valid API key with its scope."""

import pytest
from redis.asyncio import Redis
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

from pushgate.domain.app import Scope


async def test_a_revoked_key_works_no_more(clients: ApiClients) -> None:
    text = await clients.context.keys.create("shop", [Scope.READ], "for a day")
    headers = {"Authorization": f"Bearer {text}"}
    assert (await clients.anyone.get("/v1/messages", headers=headers)).status_code == 200
    key_id = text.split("_")[1]
    await clients.context.keys.revoke(key_id)
    assert (await clients.anyone.get("/v1/messages", headers=headers)).status_code == 401


async def test_redis_holds_no_secret_of_a_key(clients: ApiClients, redis: Redis) -> None:
    text = await clients.context.keys.create("shop", [Scope.READ])
    stored = await redis.hgetall("{q}:keys")
    assert all(text.split("_")[2].encode() not in value for value in stored.values())


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic abc",
        "Bearer pg_abc_def",
        "Bearer pg__",
        "Bearer pg_\x7f_x",
    ],
)
async def test_without_a_valid_key_there_is_a_401(clients: ApiClients, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    for method, path in (("POST", "/v1/messages"), ("GET", "/v1/messages/x"), ("PUT", "/v1/terminals/t")):
        answer = await clients.anyone.request(method, path, headers=headers)
        assert answer.status_code == 401, (path, answer.text)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        bad_fields(answer)


async def test_a_key_without_the_scope_gets_a_403(clients: ApiClients) -> None:
    answer = await clients.reader.post("/v1/messages", json=GOOD)
    assert answer.status_code == 403
    assert "push" in answer.json()["detail"]
    assert (await clients.reader.put("/v1/terminals/t", json={})).status_code == 403
    assert (await clients.reader.get("/v1/messages")).status_code == 200
