"""A server that answers by a script, request by request, and then closes each connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

LOST = b""
"""The connection is closed instead of an answer."""


def reply(status: int, body: object, headers: Mapping[str, str] | None = None) -> bytes:
    """An answer of JSON."""
    content = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def cut(*lines: object) -> bytes:
    """An answer of NDJSON that ends before its length."""
    content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    return b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nConnection: close\r\n\r\n" + content


@dataclass(frozen=True)
class Asked:
    """A request."""

    target: str
    headers: Mapping[str, str]
    """The names are in lower case."""


@dataclass
class Scripted:
    """The server: where it is, and what it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@asynccontextmanager
async def scripted(answers: Sequence[bytes]) -> AsyncIterator[Scripted]:
    """Answer the requests in turn; the last answer is for all that come later."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        await reader.readexactly(int(headers.get("content-length", 0)))
        found.asked.append(Asked(first.split()[1], headers))
        writer.write(answers[min(len(found.asked), len(answers)) - 1])
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    found = Scripted(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        yield found
