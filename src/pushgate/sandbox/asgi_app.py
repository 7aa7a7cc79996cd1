"""The vendors' listener: an ASGI application that gives each request to the vendor its path belongs to."""

import asyncio
import os
import socket
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from starlette.types import Receive, Scope, Send

from pushgate.sandbox.access_tokens import Grants
from pushgate.sandbox.credentials import Credentials
from pushgate.sandbox.exchange import SandboxResponse, Sent, SimulatedVendor
from pushgate.sandbox.faults import FaultRule, Faults
from pushgate.sandbox.reports import Reports
from pushgate.sandbox.request_log import Record
from pushgate.sandbox.vendors.apns import Apns
from pushgate.sandbox.vendors.fcm import Fcm
from pushgate.sandbox.vendors.harmony import Harmony
from pushgate.sandbox.vendors.honor import Honor
from pushgate.sandbox.vendors.huawei import Huawei
from pushgate.sandbox.vendors.meizu import Meizu
from pushgate.sandbox.vendors.oppo import Oppo
from pushgate.sandbox.vendors.vivo import Vivo
from pushgate.sandbox.vendors.webpush import WebPush
from pushgate.sandbox.vendors.webpush_browsers import Browsers
from pushgate.sandbox.vendors.xiaomi import Xiaomi

MAX_BODY = 4 * 1024 * 1024


class Vendors:
    """All simulated vendors behind one port, told apart by path."""

    def __init__(self, credentials: Credentials, record: Record, faults: Faults, reports: Reports) -> None:
        self.grants = Grants()
        self.browsers = Browsers(credentials)
        self.all: Sequence[SimulatedVendor] = (
            Apns(credentials),
            Fcm(credentials, self.grants),
            Huawei(credentials, self.grants),
            Xiaomi(credentials),
            Harmony(credentials),
            Honor(credentials, self.grants),
            Meizu(credentials),
            Oppo(credentials, self.grants),
            Vivo(credentials, self.grants),
            WebPush(credentials, self.browsers),
        )
        self._record = record
        self._faults = faults
        self._reports = reports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return
        sent = await _read(scope, receive)
        vendor = next((vendor for vendor in self.all if vendor.owns(sent.path)), None)
        if vendor is None:
            await _write(send, SandboxResponse(404))
            return
        rule = self._faults.hit(vendor.name, sent)
        if rule and rule.delay:
            await asyncio.sleep(rule.delay)
        if rule and rule.drop == "before":
            _cut(scope)
            return
        reply = _told(vendor, rule) or vendor.answer(sent, self._faults.refused(vendor.name))
        self._record.add(vendor.name, sent, reply)
        self._reports.pushed(vendor.name, reply)
        if rule and rule.drop == "after":
            _cut(scope)
            return
        await _write(send, reply)

    def vendor(self, name: str) -> SimulatedVendor | None:
        """A vendor by name."""
        return next((vendor for vendor in self.all if vendor.name == name), None)


def _told(vendor: SimulatedVendor, rule: FaultRule | None) -> SandboxResponse | None:
    """The reply that a fault demands."""
    if rule and rule.error:
        reply = vendor.error(rule.error, rule.retry_after)
        if reply and rule.retry_at:
            date = format_datetime(rule.retry_at.astimezone(UTC), usegmt=True)
            reply = replace(reply, headers={**reply.headers, "retry-after": date})
        return reply
    if rule and rule.raw is not None:
        return SandboxResponse(200, rule.raw.encode(), {"content-type": "application/json"}, "raw")
    return None


async def _read(scope: Scope, receive: Receive) -> Sent:
    body = bytearray()
    while len(body) <= MAX_BODY:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body"):
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Sent(
        scope["method"],
        scope["path"],
        headers,
        bytes(body[:MAX_BODY]),
        datetime.now(UTC),
        scope["http_version"],
        scope.get("query_string", b"").decode("latin-1"),
    )


async def _write(send: Send, reply: SandboxResponse) -> None:
    headers = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _cut(scope: Scope) -> None:
    """Close the client's TCP connection under the server's feet, as a network does."""
    host, port = scope["client"]
    peer = (host, int(port))  # granian tells the port as text
    folder = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")
    for entry in folder.iterdir():
        with suppress(OSError, ValueError):
            number = int(entry.name)
            if not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as connection:
                if connection.getpeername()[:2] == peer:
                    connection.shutdown(socket.SHUT_RDWR)
