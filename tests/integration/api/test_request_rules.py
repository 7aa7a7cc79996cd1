"""What a call would ignore is refused: parameters, bodies, keys. Every route is walked."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

from pushgate.api.app import DIRECT_ROUTES, RESOURCES
from pushgate.api.request_rules import LENIENT_PATHS


def every_call() -> Iterator[tuple[str, str]]:
    """Method and path of every call."""
    yield from (("POST", route.path) for route in DIRECT_ROUTES)
    for resource in RESOURCES:
        for route in resource.router.routes:
            assert isinstance(route, APIRoute)
            yield from ((method, route.path) for method in sorted(route.methods or ()))


CALLS = [*every_call(), ("GET", "/openapi.json")]
STRICT = [call for call in CALLS if not call[1].startswith(LENIENT_PATHS) and call[0] != "OPTIONS"]
TAKES_KEY = {
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages:batch"),
    ("PATCH", "/v1/messages/{message_id}"),
    ("POST", "/v1/messages/{message_id}/cancel"),
    ("POST", "/v1/messages/{message_id}:pause"),
    ("POST", "/v1/messages/{message_id}:resume"),
    ("POST", "/v1/messages/{message_id}:decide"),
    ("POST", "/v1/messages/{message_id}/recall"),
    ("POST", "/v1/messages/{message_id}/retry"),
    ("POST", "/v1/schedules"),
    ("POST", "/v1/drafts"),
    ("PUT", "/v1/drafts/{draft_id}"),
}


async def test_the_walk_goes_by_every_call_of_the_description(clients: ApiClients) -> None:
    document = (await clients.anyone.get("/openapi.json")).json()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described <= set(CALLS)
    assert {call for call in CALLS if call[0] != "OPTIONS"} - described <= {
        ("POST", "/v1/receipts/{vendor}/{app}/{secret}"),
        ("GET", "/openapi.json"),
        *(("GET", path) for path in ("/docs", "/docs/", "/docs/{name}")),
    }


@pytest.mark.parametrize(("method", "path"), STRICT)
async def test_an_unknown_query_parameter_is_refused_by_name(
    clients: ApiClients, method: str, path: str
) -> None:
    answer = await clients.shop.request(method, path, params={"dry_rum": "1"})
    assert answer.status_code == 422, answer.text
    if method != "HEAD":
        assert bad_fields(answer) == {"dry_rum"}


@pytest.mark.parametrize(("method", "path"), [call for call in STRICT if call not in TAKES_KEY])
async def test_a_key_without_effect_is_refused(clients: ApiClients, method: str, path: str) -> None:
    answer = await clients.shop.request(method, path, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 400, answer.text
    if method != "HEAD":
        assert answer.json()["code"] == "idempotency_key_not_taken"


@pytest.mark.parametrize(("method", "path"), sorted(TAKES_KEY))
async def test_a_key_given_twice_is_refused(clients: ApiClients, method: str, path: str) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = await clients.shop.request(method, path, headers=headers)
    assert answer.status_code == 422, answer.text
    assert bad_fields(answer) == {"Idempotency-Key"}


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/v1/receipts/huawei/shop/wrong"])
async def test_probes_scrapers_and_vendors_may_send_parameters_of_their_own(
    clients: ApiClients, path: str
) -> None:
    method = "POST" if "receipts" in path else "GET"
    answer = await clients.anyone.request(
        method, path, params={"nonce": "1"}, headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == (404 if "receipts" in path else 200), answer.text


@pytest.mark.parametrize(
    "query",
    [
        "limit=1&limit=2",
        "status=sent&status=scheduled",
        "limit=1&limit=1",
        "cursor=%s&cursor=%s" % (("0" * 30,) * 2),
    ],
)
async def test_a_parameter_given_twice_is_refused(clients: ApiClients, query: str) -> None:
    answer = await clients.shop.get(f"/v1/messages?{query}")
    assert answer.status_code == 422
    assert bad_fields(answer) == {query.partition("=")[0]}


@pytest.mark.parametrize("limit", ["5.0", "%205", "+5", "1_0", "0x5", "5e0", "\u0665", "true", ""])
async def test_a_number_in_a_query_is_digits(clients: ApiClients, limit: str) -> None:
    message = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    for path in ("/v1/messages", f"/v1/messages/{message}/terminals"):
        answer = await clients.shop.get(f"{path}?limit={limit}")
        assert answer.status_code == 422, (path, answer.text)
        assert bad_fields(answer) == {"limit"}


async def test_a_body_that_nothing_reads_is_refused(clients: ApiClients) -> None:
    message = (await clients.shop.post("/v1/messages", json=GOOD)).json()["id"]
    calls = [
        ("GET", f"/v1/messages/{message}"),
        ("POST", f"/v1/messages/{message}/recall"),
        ("POST", f"/v1/messages/{message}/cancel"),
        ("DELETE", "/v1/terminals/t"),
    ]
    for method, path in calls:
        answer = await clients.shop.request(method, path, json={"vendors": ["huawei"]})
        assert answer.status_code == 422, (path, answer.text)
        assert bad_fields(answer) == {"body"}
    assert (await clients.shop.get(f"/v1/messages/{message}")).json()["status"] == "scheduled"
    empty = await clients.shop.post(f"/v1/messages/{message}/cancel", json={})
    assert empty.status_code == 200, "what says nothing is ignored by nobody"
