"""Bodies that are not JSON, too large or of another media type are refused."""

import json
from collections.abc import AsyncIterator

import pytest
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b'{"content": }',
        b"\xff\xfe\x00",
        b'{"content": {"en": {"title": "\xc3\x28", "body": "b"}}, "audience": {"all": true}}',
        b'{"content": {"en": {"title": "\\ud800", "body": "b"}}, "audience": {"all": true}}',
        b"[" * 50_000,
    ],
    ids=["empty", "cut off", "words", "no value", "no UTF-8", "bad UTF-8", "lone surrogate", "too deep"],
)
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages:batch"])
async def test_what_is_no_json_is_a_400(clients: ApiClients, body: bytes, path: str) -> None:
    answer = await clients.shop.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert bad_fields(answer) == set()
    assert "JSON" in answer.json()["detail"]


@pytest.mark.parametrize("body", [b"[]", b"3", b"null", b'"text"', b"1e400", b"[1, 2]"])
async def test_json_that_is_no_object_is_refused(clients: ApiClients, body: bytes) -> None:
    answer = await clients.shop.post(
        "/v1/messages", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422), answer.text
    bad_fields(answer)


async def test_a_body_over_the_limit_is_refused_while_it_comes(clients: ApiClients) -> None:
    given_out = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given_out
        for _ in range(1000):
            given_out += 10_000
            yield b" " * 10_000

    answer = await clients.shop.post(
        "/v1/messages", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert "100000" in answer.json()["detail"]
    bad_fields(answer)


async def test_another_media_type_is_refused(clients: ApiClients) -> None:
    answer = await clients.shop.post(
        "/v1/messages", content=json.dumps(GOOD), headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]
