"""Puts jobs into Gearman's queues, on any server that takes them."""

from collections.abc import Sequence

from pushgate.dispatch.gearman.server_connection import ServerConnection, SubmissionRefused, packet
from pushgate.dispatch.job import Job
from pushgate.domain.errors import EngineUnavailable

_BATCH_SIZE = 250
"""Jobs that go to one server before the next server's turn."""


class Submitter:
    """Puts jobs into Gearman's queues.

    One batch goes to one server, the next batch to the next server. A server that fails gets no
    batch until it answers again, as long as another server takes batches. So a failure delays one
    batch by the time limit of an answer, and the other batches not at all.
    """

    def __init__(self, servers: Sequence[str], timeout: float) -> None:
        """`servers` are `host:port`; `timeout` is in seconds, for an answer to one batch."""
        self._connections = [ServerConnection(server, timeout) for server in servers]
        self._batches = 0

    async def submit(self, jobs: Sequence[Job]) -> None:
        """Queue these jobs; each is in a server's queue once this returns.

        Raises EngineUnavailable if no server takes them. Some of the jobs may be queued all the
        same; submitting them again is harmless.
        """
        for start in range(0, len(jobs), _BATCH_SIZE):
            await self._submit_batch(jobs[start : start + _BATCH_SIZE])

    def count_losses(self) -> int:
        """How often a server was lost since the start. When the number rises, jobs that waited for
        a worker may be lost.
        """
        return sum(connection.count_losses() for connection in self._connections)

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            await connection.close()

    async def _submit_batch(self, jobs: Sequence[Job]) -> None:
        packets, problem = b"".join(map(packet, jobs)), "no server"
        for connection in self._next_order():
            try:
                await connection.submit(packets, len(jobs))
            except (OSError, SubmissionRefused) as error:
                problem = f"{type(error).__name__} at {connection.server}"
            else:
                return
        raise EngineUnavailable(f"Gearman took no jobs: {problem}")

    def _next_order(self) -> list[ServerConnection]:
        """The connections in the order in which to try them: dead servers come last."""
        self._batches += 1
        first = self._batches % len(self._connections)
        order = [*self._connections[first:], *self._connections[:first]]
        order.sort(key=lambda connection: connection.is_dead)
        return order
