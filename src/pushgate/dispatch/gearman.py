"""Gearman, behind submit and serve: the only module that speaks to it, so that another client can replace this one.

pygearman blocks, so it lives in threads; jobs come to the event loop and go from it. What it leaves to its caller is
done here: names and data are bytes, a server's ERROR ends the wait for an answer, a lost connection is noticed, and a
job is answered only once it is done.
"""

import asyncio
import concurrent.futures
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import gearman.client
import gearman.connection
import gearman.constants
import gearman.errors
import gearman.job
import gearman.worker

from pushgate.dispatch.job import Job, UnreadableJob, decode, encode, function, unique
from pushgate.domain.errors import EngineUnavailable
from pushgate.domain.message import Priority
from pushgate.runtime import logs

Handler = Callable[[Job], Awaitable[None]]
_CONNECT_TIMEOUT = 3.0
_BATCH = 250
_IDLE_POLL = 0.5
_RECONNECT_PAUSE = 1.0
_LEFT_ALONE = 10.0
_ABANDON_PATIENCE = 5.0
_PRIORITIES = {
    Priority.HIGH: gearman.constants.PRIORITY_HIGH,
    Priority.NORMAL: gearman.constants.PRIORITY_NONE,
    Priority.LOW: gearman.constants.PRIORITY_LOW,
}
_log = logs.get("gearman")


class _Connection(gearman.connection.GearmanConnection):
    """Connects within a time limit, over IPv4 or IPv6, and notices a peer that is gone."""

    def _create_client_socket(self) -> None:
        try:
            opened = socket.create_connection((self.gearman_host, self.gearman_port), _CONNECT_TIMEOUT)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 2)):
                if hasattr(socket, option):
                    opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        except OSError as error:
            self.throw_exception(exception=error)
        self.set_socket(opened)


class _Client(gearman.client.GearmanClient):
    connection_class = _Connection

    def on_gearman_error(self, error_code: bytes, error_text: bytes) -> bool:
        """An ERROR answers a submit in the place of a handle: everything after it would be read one off."""
        raise gearman.errors.ProtocolError(f"the server answered {error_code!r}")


class ServerConnection:
    """The way to one server: its client while it is connected, and until when it is better left alone."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.client: _Client | None = None
        self.dead_until = 0.0

    def drop(self) -> None:
        """Answers that are still to come would be taken for those of later submits."""
        if self.client is not None:
            self.client.shutdown()
            self.client = None


class Submitter:
    """Puts jobs into Gearman's queues: a batch to one server, the next batch to the next. One thread for all."""

    def __init__(self, servers: Sequence[str], timeout: float) -> None:
        self._lanes = [ServerConnection(server) for server in servers]
        self._timeout = timeout
        self._turn = 0
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="gearman-submit")

    async def submit(self, jobs: Sequence[Job]) -> None:
        """Queue these jobs; each is in a server's queue once this returns.

        Raises EngineUnavailable when no server takes them: then any of them may be queued all the same. Submitting
        again is harmless.
        """
        loop = asyncio.get_running_loop()
        for start in range(0, len(jobs), _BATCH):
            await loop.run_in_executor(self._thread, self._submit, jobs[start : start + _BATCH])

    async def close(self) -> None:
        """Close the connections."""
        for lane in self._lanes:
            await asyncio.get_running_loop().run_in_executor(self._thread, lane.drop)
        self._thread.shutdown(wait=False)

    def _submit(self, jobs: Sequence[Job]) -> None:
        requests: list[dict[str, object]] = [
            {
                "task": function(job.app, job.group.vendor, urgent=job.urgent).encode(),
                "data": encode(job),
                "unique": unique(job),
                "priority": _PRIORITIES[job.priority],
            }
            for job in jobs
        ]
        self._turn += 1
        order = [self._lanes[(self._turn + n) % len(self._lanes)] for n in range(len(self._lanes))]
        # Servers that were found dead a moment ago come last: connecting to them again costs seconds.
        order.sort(key=lambda lane: lane.dead_until > time.monotonic())
        problem = "no server"
        for lane in order:
            # A connection from before may be to a server that was restarted since: that is no reason to leave it.
            for _ in range(2 if lane.client else 1):
                try:
                    self._hand_over(lane, requests)
                except (gearman.errors.GearmanError, OSError) as error:
                    lane.drop()
                    lane.dead_until = time.monotonic() + _LEFT_ALONE
                    problem = f"{type(error).__name__} at {lane.server}"
                else:
                    lane.dead_until = 0.0
                    return
        raise EngineUnavailable(f"Gearman took no jobs: {problem}")

    def _hand_over(self, lane: ServerConnection, requests: list[dict[str, object]]) -> None:
        if lane.client is None:
            lane.client = _Client([lane.server])
        answers = lane.client.submit_multiple_jobs(
            requests, background=True, wait_until_complete=False, max_retries=0, poll_timeout=self._timeout
        )
        if any(answer.state != gearman.constants.JOB_CREATED for answer in answers):
            raise TimeoutError


class _Abandoned(BaseException):
    """Leaves pygearman's loop without answering the job, so that gearmand gives it to another worker."""


class _Worker(gearman.worker.GearmanWorker):
    connection_class = _Connection

    def __init__(
        self,
        servers: list[str],
        functions: Sequence[str],
        work: Callable[[bytes], None],
        stop: threading.Event,
    ) -> None:
        super().__init__(servers)
        self._work = work
        self._stop = stop
        for name in functions:
            self.register_task(name.encode(), None)

    def on_job_execute(self, current_job: gearman.job.GearmanJob) -> bool:
        self._work(current_job.data)
        self.send_job_complete(current_job, b"", poll_timeout=_CONNECT_TIMEOUT)
        return True

    def after_poll(self, any_activity: bool) -> bool:
        # Holding the lock means a job was asked for and may be on its way: leaving now would lose it.
        return not self._stop.is_set() or self.has_job_lock()


def divide(serves: Sequence[tuple[str, str]], connections: int, servers: int) -> list[list[tuple[str, str]]]:
    """Which apps and vendors each connection serves: all but some, so that a vendor that hangs for one app leaves a
    connection of each server to the others. Connection n goes to server n modulo `servers`."""
    found = []
    for number in range(connections):
        mine = number // servers
        together = len(range(number % servers, connections, servers))
        left_out = together > 1 and len(serves) > 1
        found.append([pair for at, pair in enumerate(serves) if not left_out or at % together != mine])
    return found


def _names(serves: Sequence[tuple[str, str]], *, urgent: bool = False) -> list[str]:
    # gearmand gives out what was registered last before the rest, if it does not take functions in turn.
    return [function(app, vendor, urgent=urgent) for app, vendor in serves]


class JobConsumer:
    """Takes jobs out of Gearman's queues and hands them to a coroutine, one at a time for each connection."""

    def __init__(
        self,
        servers: Sequence[str],
        serves: Sequence[tuple[str, str]],
        connections: int,
        urgent: int,
        handler: Handler,
    ) -> None:
        """`serves` are the apps and vendors; `urgent` connections, beside the others, take urgent jobs alone."""
        self._servers = list(servers)
        # At least one for each server, or its jobs would wait for ever.
        self._functions = [
            [*_names(some), *_names(some, urgent=True)]
            for some in divide(serves, max(connections, len(servers)), len(servers))
        ]
        if urgent:
            divided = divide(serves, max(urgent, len(servers)), len(servers))
            self._functions += [_names(some, urgent=True) for some in divided]
        self._handler = handler
        self._stop = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads: list[threading.Thread] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to take jobs; to be called on the event loop that handles them."""
        self._loop = asyncio.get_running_loop()
        # One server for each thread, so that one that is out of reach does not hold up the others.
        for number, functions in enumerate(self._functions):
            server = self._servers[number % len(self._servers)]
            # Daemons: a thread that waits for an abandoned job must not keep the process.
            thread = threading.Thread(
                target=self._serve, args=(server, functions), name=f"gearman-{number}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    @property
    def in_hand(self) -> int:
        """How many jobs are being worked on."""
        return len(self._tasks)

    async def drain(self, limit: timedelta) -> int:
        """Take no more jobs and finish those in hand; returns how many had to be abandoned."""
        self._stop.set()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit.total_seconds()
        for thread in self._threads:
            await loop.run_in_executor(None, thread.join, max(0.0, deadline - loop.time()))
        left = self.in_hand
        if left:
            for task in list(self._tasks):
                task.cancel()
            # What they know by now is still recorded: an outcome that is lost would be a push sent twice.
            await asyncio.wait(self._tasks, timeout=_ABANDON_PATIENCE)
        return left

    def _serve(self, server: str, functions: list[str]) -> None:
        """One connection's life: reconnect until told to stop."""
        while not self._stop.is_set():
            worker = _Worker([server], functions, self._do, self._stop)
            try:
                worker.work(poll_timeout=_IDLE_POLL)
            except _Abandoned:
                _log.warning("job abandoned", action="job_abandoned")
            except (gearman.errors.GearmanError, OSError) as error:
                _log.warning("Gearman connection lost", action="gearman_lost", error=type(error).__name__)
            except Exception:  # noqa: BLE001  # a thread that dies takes no more jobs and tells nobody
                _log.exception("Gearman connection failed", action="gearman_failed")
            finally:
                worker.shutdown()
            self._stop.wait(_RECONNECT_PAUSE)

    def _do(self, raw: bytes) -> None:
        """Runs in a connection's thread: the job is answered as done when this returns.

        A handler's error is no reason to give the job to somebody else: what it left undone is still recorded as
        pending, and the sweep sends it on its way again.
        """
        try:
            job = decode(bytes(raw))
        except UnreadableJob as error:
            _log.error("job dropped", action="job_unreadable", error=str(error))
            return
        assert self._loop is not None
        future = asyncio.run_coroutine_threadsafe(self._handle(job), self._loop)
        try:
            future.result()
        except concurrent.futures.CancelledError as error:
            raise _Abandoned from error

    async def _handle(self, job: Job) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._handler(job)
        except Exception:  # noqa: BLE001  # what it left pending is the sweep's business
            _log.exception(
                "job failed",
                action="job_failed",
                app=job.app,
                message=job.message_id,
                vendor=job.group.vendor,
            )
