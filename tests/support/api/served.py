"""The API on a real socket."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from starlette.types import ASGIApp
from tests.support.api.application import create
from tests.support.api.bodies import GOOD
from tests.support.api.clients import ApiClients

from pushgate.api.server import Server
from pushgate.settings.api import ApiSettings


@dataclass
class Served:
    """The API on a port."""

    port: int
    opened: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.opened.append(writer)
        return reader, writer

    async def send(self, *parts: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await self.connect()
        for part in parts:
            writer.write(part)
        with suppress(ConnectionError):
            await writer.drain()
        return reader, writer

    async def push(self, key: str) -> int:
        """The status of a real push on a connection of its own."""
        body = json.dumps(GOOD).encode()
        reader, _writer = await self.send(
            head("POST", "/v1/messages", len(body), key, "Connection: close"), body
        )
        status = (await answer(reader))[0]
        await closed(reader)
        return status


def head(method: str, path: str, length: int = 0, key: str = "", *more: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: pushgate", "Content-Type: application/json"]
    lines += [f"Authorization: Bearer {key}"] if key else []
    lines += [f"Content-Length: {length}"] if length else []
    return "\r\n".join([*lines, *more, "", ""]).encode()


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], Any]:
    """One response: status, headers, JSON."""
    async with asyncio.timeout(10):
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(first.split()[1]), headers, json.loads(body) if body else None


async def closed(reader: asyncio.StreamReader) -> None:
    """Wait until the server closed the connection."""
    async with asyncio.timeout(10):
        with suppress(ConnectionError):
            while await reader.read(65536):
                pass


@asynccontextmanager
async def serve(clients: ApiClients, app: ASGIApp | None = None, **limits: Any) -> AsyncIterator[Served]:
    settings = ApiSettings(max_body=100_000, **limits)
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(
        app or create(replace(clients.context, settings=settings)), settings, listener, timedelta(seconds=1)
    )
    port = listener.getsockname()[1]
    serving = asyncio.create_task(server.serve())
    served = Served(port)
    try:
        yield served
    finally:
        for writer in served.opened:
            writer.close()
        server.should_exit = True
        await serving
