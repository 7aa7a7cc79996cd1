"""Wrong paths, methods, parameters and headers get problem documents."""

import pytest
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("GET", "/", 404),
        ("DELETE", "/v1/messages", 405),
        ("PUT", "/healthz", 405),
    ],
)
async def test_unknown_paths_and_methods_are_problems_too(
    clients: ApiClients, method: str, path: str, status: int
) -> None:
    answer = await clients.shop.request(method, path)
    assert answer.status_code == status
    bad_fields(answer)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("status=gone", "status"),
        ("cursor=x", "cursor"),
    ],
)
async def test_bad_query_parameters_are_named(clients: ApiClients, query: str, field: str) -> None:
    answer = await clients.shop.get(f"/v1/messages?{query}")
    assert answer.status_code == 422
    assert bad_fields(answer) == {field}


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "tab\t"])
async def test_a_bad_idempotency_key_is_named(clients: ApiClients, key: str) -> None:
    answer = await clients.shop.post("/v1/messages", json=GOOD, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert bad_fields(answer) == {"Idempotency-Key"}
