"""A webhook's receiver in the process of a benchmark: an HTTP server that verifies signatures, and
adds up what it is told.
"""

import asyncio
import hmac
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import orjson

from pushgate.webhooks.signatures import key_of, sign

_REPLY = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receiver:
    """What came since the last `forget`. The connection of a wrong signature is cut."""

    def __init__(self) -> None:
        self.url = ""
        self.deliveries = self.bytes = 0
        self.accepted: Counter[str] = Counter()
        """Pushes that vendors accepted, by message."""
        self._keys: list[bytes] = []

    def expect(self, secret: str) -> None:
        """Take deliveries with this secret from now on."""
        self._keys = [key_of(secret)]

    def forget(self) -> None:
        """Begin to count anew."""
        self.deliveries = self.bytes = 0
        self.accepted.clear()

    def expect_nothing(self) -> None:
        """The webhook is gone."""
        self._keys = []

    @property
    def is_told(self) -> bool:
        """Whether there is a webhook."""
        return bool(self._keys)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                headers = {name.lower(): value for name, value in fields.items()}
                self._take(headers, await reader.readexactly(int(headers["content-length"])))
                writer.write(_REPLY)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _take(self, headers: Mapping[str, str], body: bytes) -> None:
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        wanted = sign(self._keys, headers["webhook-id"], at, body)["webhook-signature"]
        assert hmac.compare_digest(headers["webhook-signature"], wanted)
        self.deliveries += 1
        self.bytes += len(body)
        for event in orjson.loads(body)["data"]["events"]:
            assert event["type"] != "events.gap"
            if event.get("to") == "accepted":
                self.accepted[event["message"]] += event.get("count", 1)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Receive at a free port, while the context is open."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield receiver
