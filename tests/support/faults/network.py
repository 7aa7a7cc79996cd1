"""Links that can be cut: a process that forwards bytes between two programs, or does not.

`python -m tests.support.faults.network` takes a JSON object of links by name, `{"port", "target",
"host"}`, on its first line, then lines `cut NAME`, `freeze NAME`, `heal NAME`. It answers each line
with `done`.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

import uvloop

_CHUNK = 256 * 1024


class NetworkLink:
    """One link.

    When cut, all connections break and none is made; when frozen, bytes wait without an error.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._cut = False
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, host: str, port: int) -> None:
        await asyncio.start_server(self._forward, host, port, limit=_CHUNK)

    def cut(self) -> None:
        self._cut = True
        for writer in self._writers:
            writer.transport.abort()

    def freeze(self) -> None:
        self._open.clear()

    def heal(self) -> None:
        self._cut = False
        self._open.set()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        self._writers.add(writer)
        try:
            upstream_reader, upstream_writer = await self._connect()
        except OSError:
            self._writers.discard(writer)
            writer.transport.abort()
            return
        self._writers.add(upstream_writer)
        await asyncio.gather(self._copy(reader, upstream_writer), self._copy(upstream_reader, writer))
        self._writers -= {writer, upstream_writer}

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._target.startswith("/"):
            return await asyncio.open_unix_connection(self._target, limit=_CHUNK)
        host, _, port = self._target.rpartition(":")
        return await asyncio.open_connection(host, int(port), limit=_CHUNK)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_CHUNK):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        except (OSError, RuntimeError):  # uvloop raises it when a transport is closed under a write
            pass
        finally:
            writer.transport.abort() if self._cut else writer.close()


class Network:
    """The links, in a process of their own that this class drives."""

    def __init__(
        self,
        network: Mapping[str, tuple[int, str]],
        host: str = "127.0.0.1",
        command: Sequence[str] = (),
    ) -> None:
        """The links listen at `host`. `command` runs a program, for example on another host."""
        self._process = subprocess.Popen(
            [*command, sys.executable, "-m", "tests.support.faults.network"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        written = {
            name: {"port": port, "target": target, "host": host} for name, (port, target) in network.items()
        }
        self.command(json.dumps(written))

    def command(self, line: str) -> None:
        """Send `cut NAME`, `freeze NAME` or `heal NAME`, and wait until it is done."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=10)


async def _main() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    network: dict[str, NetworkLink] = {}
    for name, link in json.loads(await reader.readline()).items():
        network[name] = NetworkLink(link["target"])
        await network[name].serve(link["host"], link["port"])
    sys.stdout.write("done\n")
    sys.stdout.flush()
    while line := (await reader.readline()).decode().split():
        verb, name = line
        getattr(network[name], verb)()
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(_main())
