"""Calls that are served ahead of FastAPI behave as all others."""

from dataclasses import replace
from typing import cast

import pytest
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients, with_context
from tests.support.api.problems import bad_fields

from pushgate.api.app import DIRECT_ROUTES
from pushgate.apps.catalog import AppCatalog

PATHS = [route.path for route in DIRECT_ROUTES]
WRONG_KEY = {"Idempotency-Key": "with space"}


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_wrong_is_told_in_the_order_of_all_calls(clients: ApiClients, path: str) -> None:
    """The parameters, then the API key, then the idempotency key, then the body."""
    text = {"Content-Type": "text/plain"}
    unknown = await clients.anyone.post(path, params={"dry_rum": "1"}, headers=WRONG_KEY | text)
    assert bad_fields(unknown) == {"dry_rum"}
    stranger = await clients.anyone.post(path, headers=WRONG_KEY | text)
    assert stranger.status_code == 401
    assert stranger.headers["www-authenticate"] == 'Bearer realm="pushgate"'
    assert (await clients.reader.post(path, headers=WRONG_KEY | text)).status_code == 403
    assert (await clients.operator.post(path, headers=WRONG_KEY | text)).status_code == 403
    assert bad_fields(await clients.shop.post(path, headers=WRONG_KEY | text)) == {"Idempotency-Key"}
    assert (await clients.shop.post(path, headers=text)).status_code == 415


@pytest.mark.parametrize("path", PATHS)
async def test_an_unexpected_error_is_a_problem_and_is_logged(
    clients: ApiClients, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = with_context(clients, replace(clients.context, catalog=cast("AppCatalog", None)))
    answer = await broken.shop.post(path, json=GOOD)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["x-request-id"]
    assert "request_failed" in "".join(capsys.readouterr())


@pytest.mark.parametrize("path", PATHS)
async def test_requests_are_counted_by_their_route(clients: ApiClients, path: str) -> None:
    await clients.shop.post(path, content=b"{", headers={"Content-Type": "application/json"})
    metrics = (await clients.anyone.get("/metrics")).text
    counted = f'pushgate_http_requests_total{{method="POST",route="{path}",status="400"}}'
    assert f"{counted} 1.0" in metrics


@pytest.mark.parametrize("path", PATHS)
async def test_other_methods_are_counted_by_the_route_too(clients: ApiClients, path: str) -> None:
    assert (await clients.shop.delete(path)).status_code == 405
    metrics = (await clients.anyone.get("/metrics")).text
    assert f'pushgate_http_requests_total{{method="DELETE",route="{path}",status="405"}} 1.0' in metrics


@pytest.mark.parametrize("path", ["/v1/mess%61ges", "/v1/messages%3Abatch"])
async def test_a_path_written_with_escapes_is_the_same_path(clients: ApiClients, path: str) -> None:
    assert (await clients.anyone.post(path, json=GOOD)).status_code == 401
