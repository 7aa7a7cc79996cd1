"""Web pages call the calls of devices from the origins that the app of their credential allows."""

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.devices import Backend, bearer, device, registered, registration_token, set_app
from tests.support.clock import SetClock

SHOP, OTHER, EVIL = "https://shop.example", "https://other.example:8443", "https://evil.example"
ALLOWED = "access-control-allow-origin"


@pytest.fixture(autouse=True)
def origins(clients: ApiClients) -> None:
    set_app(clients, "shop", allowed_origins=frozenset({SHOP}))
    set_app(clients, "other", allowed_origins=frozenset({OTHER}))


@pytest.mark.parametrize(
    ("origin", "is_allowed"), [(SHOP, True), (OTHER, True), (EVIL, False), ("null", False)]
)
async def test_a_preflight_allows_the_origins_of_all_apps(
    clients: ApiClients, *, origin: str, is_allowed: bool
) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    answer = await clients.anyone.options("/v1/devices/phone", headers=asked)
    assert answer.status_code == 204
    assert answer.headers.get(ALLOWED) == (origin if is_allowed else None)
    assert answer.headers["vary"] == "origin"
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
    assert "access-control-allow-credentials" not in answer.headers


async def test_the_answer_follows_the_app_of_the_credential(clients: ApiClients, clock: SetClock) -> None:
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann")
    signed = (await Backend.es256(clients.other, clock)).sign()
    granted = await registration_token(clients.shop, user="bea")
    cases = [(secret, SHOP), (signed, OTHER), (granted, SHOP), ("pga_other_00000000", OTHER)]
    for credential, own in cases:
        for origin in (SHOP, OTHER, EVIL):
            headers = {"Origin": origin, **bearer(credential)}
            answer = await clients.anyone.put("/v1/devices/p", json=device(), headers=headers)
            assert answer.headers.get(ALLOWED) == (origin if origin == own else None)
            assert answer.headers["vary"] == "origin"


async def test_a_page_reads_errors_and_when_to_come_back(clients: ApiClients) -> None:
    set_app(clients, "shop", allow_anonymous=True, max_anonymous_registrations=0)
    headers = {"Origin": SHOP, **bearer(clients.context.catalog.apps["shop"].public_id)}
    answer = await clients.anyone.put("/v1/devices/p", json=device(), headers=headers)
    assert (answer.status_code, answer.headers[ALLOWED]) == (429, SHOP)
    assert answer.headers["access-control-expose-headers"] == "retry-after"


async def test_no_page_calls_anything_else(clients: ApiClients) -> None:
    for path in ("/v1/terminals/t", "/v1/registration-tokens", "/v1/messages", "/v1/devices"):
        answer = await clients.shop.request("OPTIONS", path, headers={"Origin": SHOP})
        assert ALLOWED not in answer.headers
        answer = await clients.shop.get(path, headers={"Origin": SHOP})
        assert ALLOWED not in answer.headers


async def test_a_request_without_a_credential_says_nothing_to_a_page(clients: ApiClients) -> None:
    answer = await clients.anyone.put("/v1/devices/p", json=device(), headers={"Origin": SHOP})
    assert answer.status_code == 401
    assert ALLOWED not in answer.headers


async def test_callbacks_may_carry_the_device_secret(clients: ApiClients) -> None:
    asked = {"Origin": EVIL, "Access-Control-Request-Method": "POST"}
    answer = await clients.anyone.options("/v1/callbacks/click", headers=asked)
    assert answer.headers[ALLOWED] == "*"
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
