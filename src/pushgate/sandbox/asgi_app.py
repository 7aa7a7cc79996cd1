"""The ASGI application of the vendors' listener: gives a request to the vendor of its path."""

import asyncio
import os
import socket
import stat
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from starlette.types import Receive, Scope, Send

from pushgate.sandbox.exchange import SandboxPush, SandboxRequest, SandboxResponse
from pushgate.sandbox.faults import FaultRule, Faults
from pushgate.sandbox.registry import SimulatedVendors
from pushgate.sandbox.reports import Reporter
from pushgate.sandbox.request_log import RequestLog
from pushgate.sandbox.simulated_vendor import SimulatedVendor

MAX_BODY = 4 * 1024 * 1024
_NO_VENDOR = SandboxResponse(status=404, code="no_vendor")


class VendorsApp:
    """All simulated vendors behind one port."""

    def __init__(
        self, vendors: SimulatedVendors, request_log: RequestLog, faults: Faults, reporter: Reporter
    ) -> None:
        self._vendors = vendors
        self._request_log = request_log
        self._faults = faults
        self._reporter = reporter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, as ASGI defines it."""
        if scope["type"] != "http":
            return
        request = await _read_request(scope, receive)
        vendor = self._vendors.owner_of(request.path)
        if vendor is None:
            await _send_response(send, _NO_VENDOR)
            return
        rule = self._faults.match(vendor.name, request)
        if rule and rule.delay:
            await asyncio.sleep(rule.delay)
        if rule and rule.drop == "before":
            _drop_connection(scope)
            return
        response = _fault_response(vendor, rule) or vendor.respond(
            request, self._faults.rejected_tokens(vendor.name)
        )
        if not self._faults.take_quota(vendor.name, len(response.accepted)):
            response = _over_quota(vendor, response)
        self._request_log.add(vendor.name, request, response)
        for push in response.pushes:
            self._reporter.add_push(vendor.name, push)
        if rule and rule.drop == "after":
            _drop_connection(scope)
            return
        await _send_response(send, response)


def _fault_response(vendor: SimulatedVendor, rule: FaultRule | None) -> SandboxResponse | None:
    """The response that a fault demands, None if it demands none."""
    if rule and rule.error:
        response = vendor.error(rule.error, rule.retry_after)
        if response and rule.retry_at:
            date = format_datetime(rule.retry_at.astimezone(UTC), usegmt=True)
            response = replace(response, headers={**response.headers, "retry-after": date})
        return response
    if rule and rule.raw is not None:
        headers = {"content-type": "application/json"}
        return SandboxResponse(status=200, code="raw", body=rule.raw.encode(), headers=headers)
    return None


def _over_quota(vendor: SimulatedVendor, response: SandboxResponse) -> SandboxResponse:
    """The vendor's answer to a push that its quota has no room for."""
    refused = vendor.error(vendor.quota_code, None)
    assert refused is not None
    return replace(refused, push=SandboxPush(tokens=response.tokens))


async def _read_request(scope: Scope, receive: Receive) -> SandboxRequest:
    body = bytearray()
    while len(body) <= MAX_BODY:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return SandboxRequest(
        method=scope["method"],
        path=scope["path"],
        headers=headers,
        body=bytes(body[:MAX_BODY]),
        received_at=datetime.now(UTC),
        http_version=scope["http_version"],
        query=scope.get("query_string", b"").decode("latin-1"),
    )


async def _send_response(send: Send, response: SandboxResponse) -> None:
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _drop_connection(scope: Scope) -> None:
    """Shut the client's TCP connection down behind the server's back, as a network failure does."""
    host, port = scope["client"]
    peer = (host, int(port))  # granian gives the port as text
    folder = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")
    for entry in folder.iterdir():
        with suppress(OSError, ValueError):
            number = int(entry.name)
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as connection:
                if connection.getpeername()[:2] == peer:
                    connection.shutdown(socket.SHUT_RDWR)
