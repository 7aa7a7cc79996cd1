"""The state of the Gearman servers, read through their administrative text protocol.

The protocol is in gearmand's PROTOCOL document, section "Administrative Protocol".
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pushgate.domain.errors import EngineUnavailable

_MAX_LINES = 10_000


@dataclass(frozen=True, slots=True)
class FunctionState:
    """A function's jobs in one server. `queued` counts running jobs too, as Gearman does."""

    server: str
    name: str
    queued: int
    running: int
    workers: int


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers that answer (`up`) with their functions, and the servers that do not answer."""

    functions: Sequence[FunctionState]
    up: Sequence[str]
    down: Sequence[str]


class GearmanAdmin:
    """Queries all servers."""

    def __init__(self, servers: Sequence[str], timeout: float) -> None:
        """`servers` are `host:port`; `timeout` is in seconds, for one server's answer."""
        self._servers = list(servers)
        self._timeout = timeout

    async def status(self) -> list[FunctionState]:
        """Every function of every server.

        Raises EngineUnavailable when any server does not answer.
        """
        return _parse(self._servers, await asyncio.gather(*map(self._query, self._servers)))

    async def survey(self) -> Servers:
        """Which servers answer, and the functions of those that do."""
        answers = await asyncio.gather(*map(self._query, self._servers), return_exceptions=True)
        lines: dict[str, list[str]] = {}
        down: list[str] = []
        for server, answer in zip(self._servers, answers, strict=True):
            if isinstance(answer, EngineUnavailable):
                down.append(server)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                lines[server] = answer
        return Servers(_parse(list(lines), list(lines.values())), list(lines), down)

    async def reachable_functions(self) -> Sequence[FunctionState]:
        """Every function of the servers that answer. Raises EngineUnavailable when none does."""
        servers = await self.survey()
        if not servers.up:
            raise EngineUnavailable(f"no Gearman server answers: {', '.join(servers.down)}")
        return servers.functions

    async def ping(self) -> None:
        """Raises EngineUnavailable when no server answers. One server is enough to work."""
        await self.reachable_functions()

    async def _query(self, server: str) -> list[str]:
        host, _, port = server.rpartition(":")
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = await asyncio.open_connection(host, int(port), limit=65536)
                try:
                    writer.write(b"status\n")
                    return await self._read_lines(reader)
                finally:
                    writer.close()
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            raise EngineUnavailable(f"Gearman at {server} does not answer: {type(error).__name__}") from error

    async def _read_lines(self, reader: asyncio.StreamReader) -> list[str]:
        lines: list[str] = []
        while len(lines) < _MAX_LINES:
            line = (await reader.readuntil(b"\n")).decode("utf-8", "replace").rstrip("\r\n")
            if line == ".":
                break
            lines.append(line)
        return lines


def _parse(servers: Sequence[str], answers: Sequence[Sequence[str]]) -> list[FunctionState]:
    states: list[FunctionState] = []
    for server, lines in zip(servers, answers, strict=True):
        for line in lines:
            match line.split("\t"):
                case [name, queued, running, workers]:
                    states.append(
                        FunctionState(
                            server=server,
                            name=name,
                            queued=int(queued),
                            running=int(running),
                            workers=int(workers),
                        )
                    )
    return states
