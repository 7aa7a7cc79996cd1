"""The request log shows no credentials."""

import json
from dataclasses import replace

import pytest
from tests.support.vendor_requests import raw_request

from pushgate.sandbox.exchange import SandboxRequest, SandboxResponse
from pushgate.sandbox.request_log import LoggedRequest


def as_logged(vendor: str, request: SandboxRequest) -> dict[str, object]:
    response = SandboxResponse(status=200, code="")
    return LoggedRequest(number=1, vendor=vendor, request=request, response=response).as_json()


@pytest.mark.parametrize(
    ("name", "value", "logged"),
    [
        ("authorization", "Bearer secret", "Bearer ..."),
        ("authorization", "bearer secret", "bearer ..."),
        ("authorization", "key=secret", "key ..."),
        ("authorization", "vapid t=secret, k=x", "vapid ..."),
        ("authorization", "secret", "..."),
        ("authorization", "secret more", "..."),
        ("authorization", "secret=more", "..."),
        ("authtoken", "secret", "..."),
        ("auth_token", "secret", "..."),
        ("content-type", "application/json", "application/json"),
    ],
)
def test_shows_no_credential_of_a_header(name: str, value: str, logged: str) -> None:
    assert as_logged("huawei", raw_request("/", {name: value}, b""))["headers"] == {name: logged}


@pytest.mark.parametrize(
    "value",
    ["bearer s3cret", "Bearer s3cret", "BEARER  s3cret", "s3cret", "key=s3cret", "Basic s3cret",
     "vapid t=s3cret, k=s3cret", "Token token=s3cret", "bearer\ts3cret", "s3cret s3cret", " s3cret"],
)  # fmt: skip
def test_shows_no_credential_of_an_authorization_header_in_any_spelling(value: str) -> None:
    request = raw_request("/3/device/x", {"authorization": value}, b"")
    assert "s3cret" not in json.dumps(as_logged("apns", request))


def test_shows_no_credential_of_a_query() -> None:
    request = replace(raw_request("/", {}, b""), query="a=1&auth_token=secret&b=2")
    assert "secret" not in str(as_logged("oppo", request))
