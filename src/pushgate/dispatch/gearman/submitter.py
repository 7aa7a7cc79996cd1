"""Jobs into Gearman's queues.

pygearman blocks, so one thread does all the work and the event loop waits for it. What pygearman
leaves to its caller is done here: names and job bodies are bytes, and a server's ERROR ends the
wait for an answer.
"""

import asyncio
import concurrent.futures
import time
from collections.abc import Sequence

import gearman.client
import gearman.constants
import gearman.errors

from pushgate.dispatch.gearman.connection import Connection
from pushgate.dispatch.job import Job, encode, function_of, unique_id
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Priority

_BATCH_SIZE = 250
"""Jobs that go to one server before the next server's turn."""
_DEAD_SERVER_PAUSE = 10.0
"""Seconds for which a server that failed is tried last."""
_PRIORITIES = {
    Priority.HIGH: gearman.constants.PRIORITY_HIGH,
    Priority.NORMAL: gearman.constants.PRIORITY_NONE,
    Priority.LOW: gearman.constants.PRIORITY_LOW,
}
_Request = dict[str, object]


class _Client(gearman.client.GearmanClient):
    connection_class = Connection

    def on_gearman_error(self, error_code: bytes, error_text: bytes) -> bool:
        """Raise: an ERROR takes the place of a job handle, so pygearman would shift every later
        answer by one job.
        """
        raise gearman.errors.ProtocolError(f"the server answered {error_code!r}")


class ServerConnection:
    """The connection to one server, and until when the server counts as dead."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.client: _Client | None = None
        self.dead_until = 0.0

    @property
    def is_dead(self) -> bool:
        """Whether the server failed a moment ago."""
        return self.dead_until > time.monotonic()

    def submit(self, requests: Sequence[_Request], timeout: float) -> None:
        """Queue these jobs. Raises GearmanError or OSError when the server did not take them all.

        `timeout` is in seconds.
        """
        if self.client is None:
            self.client = _Client([self.server])
        submitted = self.client.submit_multiple_jobs(
            requests, background=True, wait_until_complete=False, max_retries=0, poll_timeout=timeout
        )
        if any(request.state != gearman.constants.JOB_CREATED for request in submitted):
            raise TimeoutError
        self.dead_until = 0.0

    def mark_dead(self) -> None:
        """The server failed: close the connection and try the server last for a while."""
        self.close()
        self.dead_until = time.monotonic() + _DEAD_SERVER_PAUSE

    def close(self) -> None:
        """Close the connection. Otherwise late answers would be read as answers to later jobs."""
        if self.client is not None:
            self.client.shutdown()
            self.client = None


class Submitter:
    """Puts jobs into Gearman's queues.

    One batch goes to one server, the next batch to the next server.
    """

    def __init__(self, servers: Sequence[str], timeout: float) -> None:
        """`servers` are `host:port`; `timeout` is in seconds, for an answer to one batch."""
        self._connections = [ServerConnection(server) for server in servers]
        self._timeout = timeout
        self._batches = 0
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="gearman-submit")

    async def submit(self, jobs: Sequence[Job]) -> None:
        """Queue these jobs; each is in a server's queue once this returns.

        Raises EngineUnavailable when no server takes them: then any of them may be queued all the
        same. Submitting again is harmless.
        """
        loop = asyncio.get_running_loop()
        for start in range(0, len(jobs), _BATCH_SIZE):
            await loop.run_in_executor(self._thread, self._submit_batch, jobs[start : start + _BATCH_SIZE])

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            await asyncio.get_running_loop().run_in_executor(self._thread, connection.close)
        self._thread.shutdown(wait=False)

    def _submit_batch(self, jobs: Sequence[Job]) -> None:
        requests = [_request(job) for job in jobs]
        problem = "no server"
        for connection in self._next_order():
            # An existing connection may be to a server that has restarted since: try the server
            # once more.
            for _ in range(2 if connection.client else 1):
                try:
                    connection.submit(requests, self._timeout)
                except (gearman.errors.GearmanError, OSError) as error:
                    connection.mark_dead()
                    problem = f"{type(error).__name__} at {connection.server}"
                else:
                    return
        raise EngineUnavailable(f"Gearman took no jobs: {problem}")

    def _next_order(self) -> list[ServerConnection]:
        """The connections in the order in which to try them."""
        self._batches += 1
        first = self._batches % len(self._connections)
        order = [*self._connections[first:], *self._connections[:first]]
        # Dead servers come last: connecting to one again costs seconds.
        order.sort(key=lambda connection: connection.is_dead)
        return order


def _request(job: Job) -> _Request:
    """The job as pygearman wants it."""
    return {
        "task": function_of(job).encode(),
        "data": encode(job),
        "unique": unique_id(job),
        "priority": _PRIORITIES[job.priority],
    }
