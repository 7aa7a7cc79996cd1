"""Networks that can be cut: a process of its own that carries bytes between two parts, or does not.

`python -m tests.support.faults.links` takes a JSON object of links by name, `{"port", "target"}`, on its first line,
then lines `cut NAME`, `freeze NAME`, `heal NAME`. Each line is answered with one.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping

import uvloop

_CHUNK = 256 * 1024


class Link:
    """One network: cut, every connection breaks and none comes about; frozen, nothing arrives and nobody is told."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._cut = False
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, port: int) -> None:
        await asyncio.start_server(self._carry, "127.0.0.1", port, limit=_CHUNK)

    def cut(self) -> None:
        self._cut = True
        for writer in self._writers:
            writer.transport.abort()

    def freeze(self) -> None:
        self._open.clear()

    def heal(self) -> None:
        self._cut = False
        self._open.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        self._writers.add(writer)
        try:
            there, back = await self._dial()
        except OSError:
            self._writers.discard(writer)
            writer.transport.abort()
            return
        self._writers.add(back)
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        self._writers -= {writer, back}

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._target.startswith("/"):
            return await asyncio.open_unix_connection(self._target, limit=_CHUNK)
        host, _, port = self._target.rpartition(":")
        return await asyncio.open_connection(host, int(port), limit=_CHUNK)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_CHUNK):
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        except (OSError, RuntimeError):  # uvloop's word for a transport that was closed under a write
            pass
        finally:
            writer.transport.abort() if self._cut else writer.close()


class Links:
    """The process, from outside."""

    def __init__(self, links: Mapping[str, tuple[int, str]]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.faults.links"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        told = {name: {"port": port, "target": target} for name, (port, target) in links.items()}
        self.say(json.dumps(told))

    def say(self, line: str) -> None:
        """`cut NAME`, `freeze NAME`, `heal NAME`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=10)


async def _main() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    links: dict[str, Link] = {}
    for name, told in json.loads(await reader.readline()).items():
        links[name] = Link(told["target"])
        await links[name].serve(told["port"])
    sys.stdout.write("done\n")
    sys.stdout.flush()
    while line := (await reader.readline()).decode().split():
        verb, name = line
        getattr(links[name], verb)()
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(_main())
