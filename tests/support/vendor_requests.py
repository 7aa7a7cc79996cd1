"""Requests to simulated vendors, made without the adapters, so that both cannot share an error."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from pushgate.sandbox.exchange import SandboxRequest
from pushgate.sandbox.simulated_vendor import SandboxContext

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NONE_REJECTED: dict[str, str] = {}


def raw_request(path: str, headers: Mapping[str, str], body: bytes, method: str = "POST") -> SandboxRequest:
    return SandboxRequest(method=method, path=path, headers=headers, body=body, received_at=NOW)


def json_request(path: str, headers: Mapping[str, str], body: object) -> SandboxRequest:
    return raw_request(path, headers, json.dumps(body).encode())


def form_request(path: str, headers: Mapping[str, str], form: Mapping[str, str]) -> SandboxRequest:
    return raw_request(path, headers, urlencode(form).encode())


def access_token(context: SandboxContext, vendor: str) -> str:
    """An access token of this vendor, valid for a day."""
    return context.access_tokens.issue(vendor, NOW, timedelta(days=1))


def bearer(context: SandboxContext, vendor: str) -> str:
    """The value of an Authorization header with an access token."""
    return f"Bearer {access_token(context, vendor)}"
