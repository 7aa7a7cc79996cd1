"""Every operation of the API has a method, whose request is as the OpenAPI document says."""

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from tests.support.client_library.calls import CALLS, finish
from tests.support.client_library.in_thread import in_thread

from clients.generator.api_document import document
from pushgate_client import AsyncPushgate, Pushgate
from pushgate_client.async_messages import AsyncMessages
from pushgate_client.messages import Messages
from pushgate_client.types import MessageBody

BY_THE_CLIENT = {"cursor", "format"}
"""Parameters that the client decides: lists are read to their end, the form is that of the body."""
LISTS = (
    *("messages", "terminals", "audiences", "drafts", "templates", "apps", "keys", "results", "webhooks"),
    *("deliveries", "schedules", "runs"),
)
Operation = tuple[str, str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def operations() -> dict[str, Operation]:
    """Method, path and description of each operation."""
    return {
        call["operationId"]: (method.upper(), path, call)
        for path, methods in document()["paths"].items()
        for method, call in methods.items()
    }


class Recording:
    """A transport that answers anything, in the form of a last page."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        lists: dict[str, object] = {name: [] for name in LISTS}
        page = {**lists, "next_cursor": None, "export": {"complete": True}}
        return httpx.Response(200, text=json.dumps(page) + "\n")


def client(kind: type, recording: Callable[[httpx.Request], httpx.Response]) -> AsyncPushgate:
    """A client of this kind that calls nothing."""
    transport = httpx.MockTransport(recording)
    if kind is Pushgate:
        return in_thread(Pushgate("http://pushgate", "k", http=httpx.Client(transport=transport)))
    return AsyncPushgate("http://pushgate", "k", http=httpx.AsyncClient(transport=transport))


def test_every_operation_has_a_method(operations: Mapping[str, Operation]) -> None:
    assert sorted(CALLS) == sorted(operations)


@pytest.mark.parametrize("kind", [AsyncPushgate, Pushgate])
@pytest.mark.parametrize("name", CALLS)
async def test_a_request_is_as_the_document_says(
    name: str, kind: type, operations: Mapping[str, Operation]
) -> None:
    method, path, described = operations[name]
    recording = Recording()
    await finish(CALLS[name](client(kind, recording)))
    (request,) = recording.requests
    assert request.method == method
    assert re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)), request.url.path)
    parameters = {(one["in"], one["name"]) for one in described.get("parameters", [])}
    taken = {one for place, one in parameters if place == "query"}
    # An export goes on by itself.
    by_the_client = BY_THE_CLIENT | ({"after"} if name == "export_terminals" else set())
    assert set(request.url.params) | by_the_client == taken | by_the_client
    for header in ("Idempotency-Key", "If-Match"):
        assert (header in request.headers) == (("header", header) in parameters), header
    bodies = described.get("requestBody", {}).get("content", {})
    sent = request.headers.get("content-type")
    assert sent in bodies if bodies else sent is None


def parts(described: object) -> Iterator[object]:
    """The subjects of a client."""
    return (part for name, part in vars(described).items() if name != "transport")


def test_both_clients_have_the_same_methods() -> None:
    async_client, client = AsyncPushgate("http://pushgate", ""), Pushgate("http://pushgate", "")
    for ours, theirs in zip(parts(async_client), parts(client), strict=True):
        assert {n for n in dir(ours) if n[0] != "_"} == {n for n in dir(theirs) if n[0] != "_"}
        assert type(ours).__name__ == f"Async{type(theirs).__name__}"


def test_send_takes_every_field_of_a_message() -> None:
    fields = MessageBody.__annotations__.keys()
    for kind in (AsyncMessages, Messages):
        assert set(inspect.signature(kind.send).parameters) == {"self", "idempotency_key", *fields}
