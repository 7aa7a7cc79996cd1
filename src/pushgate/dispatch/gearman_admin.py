"""The state of the Gearman servers, read through their administrative text protocol.

The protocol is in gearmand's PROTOCOL document, section "Administrative Protocol".
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pushgate.domain.errors import EngineUnavailable

_MAX_LINES = 10_000
_SILENT_TIMEOUT = 0.3
"""The time limit in seconds for a server that did not answer the last time."""
_LOST_AFTER = 10.0
"""Seconds without an answer after which a server's jobs count as lost. Submitting jobs again that
are not lost is harmless.
"""


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
    """The servers that answer (`up`) with their functions, and the servers that do not answer.

    `lost` are those that have not answered for some time: their jobs do not count any more.
    """

    functions: Sequence[FunctionState]
    up: Sequence[str]
    down: Sequence[str]
    lost: Sequence[str] = ()

    @property
    def queued(self) -> dict[str, int]:
        """The jobs of all functions in each server that answers, running ones too."""
        found = dict.fromkeys(self.up, 0)
        for state in self.functions:
            found[state.server] += state.queued
        return found

    def waiting_functions(self) -> frozenset[str] | None:
        """The functions that have a job waiting for a worker. None if that is unknown, because a
        server does not answer and does not count as lost yet.
        """
        if not self.up or set(self.down) - set(self.lost):
            return None
        return frozenset(state.name for state in self.functions if state.queued > state.running)


class GearmanAdmin:
    """Queries all servers. A server that did not answer the last time gets a short time limit."""

    def __init__(self, servers: Sequence[str], timeout: float) -> None:
        """`servers` are `host:port`; `timeout` is in seconds, for one server's answer."""
        self._servers = list(servers)
        self._timeout = timeout
        self._asked: dict[str, asyncio.Task[list[str] | None]] = {}
        self._silent_since: dict[str, float] = {}

    async def status(self) -> list[FunctionState]:
        """Every function of every server.

        Raises EngineUnavailable when any server does not answer.
        """
        servers = await self.survey()
        if servers.down:
            raise EngineUnavailable(f"Gearman does not answer at {', '.join(servers.down)}")
        return list(servers.functions)

    async def survey(self) -> Servers:
        """Which servers answer, and the functions of those that do."""
        patient = [self._ask(server) for server in self._servers if server not in self._silent_since]
        asked = [self._ask(server) for server in self._servers]
        if patient:
            await asyncio.wait(patient)
        if asked:
            await asyncio.wait(asked, timeout=_SILENT_TIMEOUT)
        answers = [task.result() if task.done() else None for task in asked]
        pairs = list(zip(self._servers, answers, strict=True))
        lines = {server: answer for server, answer in pairs if answer is not None}
        down = [server for server, answer in pairs if answer is None]
        lost_since = asyncio.get_running_loop().time() - _LOST_AFTER
        lost = [server for server in down if self._silent_since.get(server, lost_since + 1) <= lost_since]
        return Servers(_parse(list(lines), list(lines.values())), list(lines), down, lost)

    async def ping(self) -> None:
        """Check that a server answers. Raises EngineUnavailable when none does. One server is
        enough to work.
        """
        waiting = {self._ask(server) for server in self._servers}
        while waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if any(task.result() is not None for task in done):
                return
        raise EngineUnavailable(f"no Gearman server answers: {', '.join(self._servers)}")

    def _ask(self, server: str) -> "asyncio.Task[list[str] | None]":
        """The running query of a server, or a new one. Its result is None where the server does not
        answer.
        """
        task = self._asked.get(server)
        if task is None or task.done():
            task = self._asked[server] = asyncio.create_task(self._try(server))
        return task

    async def _try(self, server: str) -> list[str] | None:
        try:
            lines = await self._query(server)
        except EngineUnavailable:
            self._silent_since.setdefault(server, asyncio.get_running_loop().time())
            return None
        self._silent_since.pop(server, None)
        return lines

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
