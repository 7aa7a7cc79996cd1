"""Responses on a socket, whole and in parts."""

import orjson
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.api.served import answer, closed, head, serve

START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]}


def answering(*messages: Message) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(dict(message))

    return app


@pytest.mark.parametrize(
    "messages",
    [
        (START, {"type": "http.response.body", "body": b"true"}),
        (
            START,
            {"type": "http.response.body", "body": b"tr", "more_body": True},
            {"type": "http.response.body", "body": b"ue"},
        ),
    ],
    ids=["whole", "in parts"],
)
async def test_a_response_may_come_in_parts(clients: ApiClients, messages: tuple[Message, ...]) -> None:
    async with serve(clients, answering(*messages)) as served:
        reader, writer = await served.send(head("GET", "/"))
        assert (await answer(reader))[::2] == (200, True)
        writer.write(head("GET", "/", 0, "", "Connection: close"))
        status, headers, body = await answer(reader)
        assert (status, headers["connection"], body) == (200, "close", True)
        await closed(reader)


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (START,),
        (START, {"type": "http.response.body", "body": b"longer than told"}),
        (
            {**START, "headers": [(b"x", b"a\r\nb"), *START["headers"]]},
            {"type": "http.response.body", "body": b"true"},
        ),
    ],
    ids=["none", "no body", "wrong length", "line break in a field"],
)
async def test_a_faulty_response_ends_the_connection(
    clients: ApiClients, messages: tuple[Message, ...]
) -> None:
    async with serve(clients, answering(*messages)) as served:
        reader, _writer = await served.send(head("GET", "/"))
        received = await reader.read(65536)
        await closed(reader)
        assert b"longer" not in received
        assert b"\r\nb" not in received


async def test_requests_that_come_together_are_answered_in_their_order(clients: ApiClients) -> None:
    key = clients.shop.headers["Authorization"].removeprefix("Bearer ")
    body = orjson.dumps(GOOD)
    posts = [
        head("POST", "/v1/messages", len(body), key, f"X-Request-Id: r{number}") + body for number in range(3)
    ]
    async with serve(clients) as served:
        reader, _writer = await served.send(
            b"".join(posts) + head("HEAD", "/healthz") + head("GET", "/healthz")
        )
        for number in range(3):
            status, headers, created = await answer(reader)
            assert (status, headers["x-request-id"]) == (202, f"r{number}")
            assert created["status"] == "scheduled"
        head_only = await reader.readuntil(b"\r\n\r\n")
        assert head_only.startswith(b"HTTP/1.1 200 ")
        assert (await answer(reader))[0] == 200
