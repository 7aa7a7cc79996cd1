"""What the simulated vendors received: the latest requests whole, and exact counts of all."""

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pushgate.sandbox.exchange import SandboxPush, SandboxRequest, SandboxResponse

_CREDENTIAL_FIELD = re.compile(r"(?:(?<=^)|(?<=&))(auth_token=)[^&]*")
"""OPPO's access token in a form: docs/reference/vendors/oppo.md#credentials"""
_CREDENTIAL_HEADERS = frozenset(["authorization", "authtoken", "auth_token"])
"""OPPO's and vivo's access tokens have headers of their own."""
_CREDENTIAL_PATHS = ("/token", "/oauth2/", "/auth")
"""Requests whose path holds one of these ask for a credential, and bring a secret for it."""
_SCHEME = re.compile(r"(?i:bearer|vapid|webpush)(?= )|key(?==)")
"""The scheme of a credential, as the vendors write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request, numbered in the order of arrival, and the response to it."""

    number: int
    vendor: str
    request: SandboxRequest
    response: SandboxResponse

    def as_json(self) -> dict[str, object]:
        """The request for inspection, without its credentials."""
        request, response = self.request, self.response
        headers = {name: _without_credential(name, value) for name, value in request.headers.items()}
        return {
            "number": self.number,
            "vendor": self.vendor,
            "at": _timestamp(request.received_at),
            "http_version": request.http_version,
            "method": request.method,
            "path": request.path,
            "query": _CREDENTIAL_FIELD.sub(r"\1...", request.query),
            "headers": headers,
            "body": "..." if self._has_secret_body else self._body(),
            "tokens": response.tokens,
            "accepted": response.accepted,
            "credential": _fingerprint(request.headers.get("authorization")),
            "status": response.status,
            "code": response.code,
        }

    @property
    def _has_secret_body(self) -> bool:
        return not self.response.tokens and any(part in self.request.path for part in _CREDENTIAL_PATHS)

    def _body(self) -> str:
        plaintext = self.response.push.plaintext
        body = self.request.body if plaintext is None else plaintext
        return _CREDENTIAL_FIELD.sub(r"\1...", body.decode("utf-8", "replace"))


@dataclass(slots=True)
class VendorCounts:
    """Counts of one vendor's requests.

    `duplicates` are accepted pushes of one message to one token, beyond the first.
    """

    requests: int = 0
    pushes: int = 0
    accepted: int = 0
    duplicates: int = 0
    first_push_at: datetime | None = None
    last_push_at: datetime | None = None
    token_hashes: set[int] = field(default_factory=set)
    push_hashes: set[int] = field(default_factory=set)

    def add(self, request: SandboxRequest, response: SandboxResponse) -> None:
        """Count one request."""
        self.requests += 1
        for push in response.pushes:
            self._add_push(request, push)

    def _add_push(self, request: SandboxRequest, push: SandboxPush) -> None:
        self.pushes += len(push.tokens)
        self.accepted += len(push.accepted)
        if push.tokens:
            self.first_push_at = self.first_push_at or request.received_at
            self.last_push_at = request.received_at
        for token in push.accepted:
            self.token_hashes.add(hash(token))
            # Every message has a callback token of its own.
            push_hash = hash((token, push.callback_token))
            if push_hash in self.push_hashes:
                self.duplicates += 1
            self.push_hashes.add(push_hash)

    def as_json(self) -> dict[str, object]:
        """The counts for inspection."""
        return {
            "requests": self.requests,
            "pushes": self.pushes,
            "accepted": self.accepted,
            "distinct_tokens": len(self.token_hashes),
            "duplicates": self.duplicates,
            "first_at": _timestamp(self.first_push_at) if self.first_push_at else None,
            "last_at": _timestamp(self.last_push_at) if self.last_push_at else None,
        }


class RequestLog:
    """All requests since the last clear; the latest `max_requests` are kept whole."""

    def __init__(self, max_requests: int, normalize_token: Callable[[str, str], str]) -> None:
        self._latest: deque[LoggedRequest] = deque(maxlen=max_requests)
        self._counts: dict[str, VendorCounts] = {}
        self._last_number = 0
        self._normalize_token = normalize_token

    def add(self, vendor: str, request: SandboxRequest, response: SandboxResponse) -> None:
        """Log one request and its response."""
        self._last_number += 1
        self._latest.append(
            LoggedRequest(number=self._last_number, vendor=vendor, request=request, response=response)
        )
        self._counts.setdefault(vendor, VendorCounts()).add(request, response)

    def find(self, vendor: str | None, token: str | None, after: int, limit: int) -> Iterator[LoggedRequest]:
        """Requests numbered above `after`, oldest first."""
        found = 0
        for logged in self._latest:
            if logged.number <= after or (vendor and logged.vendor != vendor):
                continue
            if token and self._normalize_token(logged.vendor, token) not in logged.response.tokens:
                continue
            yield logged
            found += 1
            if found == limit:
                return

    def summary(self) -> dict[str, dict[str, object]]:
        """Counts by vendor."""
        return {vendor: counts.as_json() for vendor, counts in sorted(self._counts.items())}

    def clear(self) -> None:
        """Discard all requests and counts; the numbers continue."""
        self._latest.clear()
        self._counts.clear()


def _fingerprint(authorization: str | None) -> str | None:
    """A digest that tells credentials apart, None where the request has none."""
    return hashlib.sha256(authorization.encode()).hexdigest()[:8] if authorization else None


def _without_credential(name: str, value: str) -> str:
    """A header's value without its credential.

    Of an Authorization header, the scheme is kept if it is known.
    """
    if name == "authorization" and (scheme := _SCHEME.match(value)):
        return f"{scheme[0]} ..."
    return "..." if name in _CREDENTIAL_HEADERS else value


def _timestamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
