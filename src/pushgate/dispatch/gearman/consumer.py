"""Takes jobs out of Gearman's queues, and hands them to a coroutine.

pygearman blocks, so each connection has a thread and the event loop handles the jobs. This module
does what pygearman leaves to its caller: it opens a lost connection again, and answers a job only
once the job is done.
"""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import gearman.errors
import gearman.job
import gearman.worker

from pushgate.dispatch.gearman.connection import Connection
from pushgate.dispatch.job import BundleJob, FunctionKind, Job, UnreadableJob, decode, function_name
from pushgate.domain.errors import EngineUnavailable
from pushgate.runtime import logs

Handler = Callable[[Job], Awaitable[None]]
Pair = tuple[str, str]
"""App and vendor."""
_IDLE_POLL = 0.5
"""Seconds after which an idle connection checks whether to stop."""
_RECONNECT_PAUSE = 1.0
_GRAB_TIMEOUT = 5.0
"""Seconds for which a connection that is to stop waits for the answer to its request for a job."""
_CANCEL_TIMEOUT = 5.0
"""Seconds for cancelled jobs to record what they know."""
_log = logs.get("gearman")


class _AbandonedJob(BaseException):
    """Leaves pygearman's loop without an answer: gearmand then gives the job to another worker."""


class _Worker(gearman.worker.GearmanWorker):
    connection_class = Connection

    def __init__(
        self,
        servers: list[str],
        functions: Callable[[], Sequence[str]],
        work: Callable[[bytes], None],
        stop: threading.Event,
    ) -> None:
        super().__init__(servers)
        self._work = work
        self._stop = stop
        self._functions = functions
        self._registered = functions()
        self._stop_before: float | None = None
        self.has_connected = False
        """Whether the connection was opened."""
        for name in self._registered:
            self.register_task(name.encode(), None)

    def on_job_execute(self, current_job: gearman.job.GearmanJob) -> bool:
        self._work(current_job.data)
        # The answer is sent together with the next request. pygearman's own call would open a
        # poller to send it at once, and each system call costs this thread a turn.
        self._get_handler_for_job(current_job).send_job_complete(current_job, b"")
        return True

    def after_poll(self, any_activity: bool) -> bool:
        # Holding the lock means that a job was asked for and may be on its way: leaving now would
        # lose it. An answer that is not written yet would be lost, too.
        self.has_connected = self.has_connected or any_activity
        if not self._stop.is_set():
            if not self.has_job_lock():
                self._follow_functions()
            return True
        # A server that is stopped or cut off never answers, and never takes what is unwritten.
        now = time.monotonic()
        self._stop_before = self._stop_before or now + _GRAB_TIMEOUT
        return now < self._stop_before and (self.has_job_lock() or self._has_unwritten())

    def _follow_functions(self) -> None:
        """Register the functions anew if others are to be served by now.

        The connection then announces once more that it waits: the server may have jobs of the new
        functions.
        """
        wanted = self._functions()
        if wanted is self._registered:
            return
        self._registered = wanted
        self.worker_abilities = dict.fromkeys(name.encode() for name in wanted)
        self._update_initial_state()
        for handler in self.handler_to_connection_map:
            handler.initial_state(**self.handler_initial_state)

    def _has_unwritten(self) -> bool:
        return any(connection.writable() for connection in self.connection_list)


def assign_pairs(pairs: Sequence[Pair], connections: int, servers: int) -> list[list[Pair]]:
    """Which apps and vendors each connection serves. Connection n goes to server n % `servers`.

    Each connection leaves out some of the pairs. So when a vendor hangs for one app, a connection
    to each server remains for the other pairs.
    """
    assigned = []
    for number in range(connections):
        position = number // servers
        same_server = len(range(number % servers, connections, servers))
        leave_out = same_server > 1 and len(pairs) > 1
        assigned.append(
            [pair for index, pair in enumerate(pairs) if not leave_out or index % same_server != position]
        )
    return assigned


def _function_names(pairs: Sequence[Pair], *kinds: FunctionKind) -> list[str]:
    return [function_name(app, vendor, kind) for kind in kinds for app, vendor in pairs]


class JobConsumer:
    """Takes jobs out of Gearman's queues and hands them to a coroutine. Each connection runs one
    job at a time.
    """

    def __init__(
        self,
        *,
        servers: Sequence[str],
        pairs: Sequence[Pair],
        connections: int,
        urgent_connections: int,
        handler: Handler,
    ) -> None:
        """`pairs` are the apps and vendors to serve.

        `urgent_connections`, beside the others, take urgent jobs alone.
        """
        self._servers = list(servers)
        # At least one for each server: otherwise the jobs of a server would wait forever.
        self._connections = max(connections, len(servers))
        self._urgent_connections = max(urgent_connections, len(servers)) if urgent_connections else 0
        self._functions = self._assign(pairs)
        self._handler = handler
        self._stop = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads: list[threading.Thread] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin to take jobs. Must be called on the event loop that handles them."""
        self._loop = asyncio.get_running_loop()
        # One server for each thread, so that an unreachable server does not hold up the others.
        for number in range(len(self._functions)):
            server = self._servers[number % len(self._servers)]
            # Daemons: a thread that waits for an abandoned job must not keep the process alive.
            thread = threading.Thread(
                target=self._serve, args=(server, number), name=f"gearman-{number}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def serve(self, pairs: Sequence[Pair]) -> None:
        """Serve these apps and vendors from now on, and no others.

        A connection follows within half a second, or when its job ends. Jobs that run are finished.
        """
        self._functions = self._assign(pairs)

    def _assign(self, pairs: Sequence[Pair]) -> list[list[str]]:
        """The functions of each connection."""
        servers = len(self._servers)
        # gearmand serves the function that was registered last first, if it does not serve
        # functions in turn.
        normal = assign_pairs(pairs, self._connections, servers)
        urgent = assign_pairs(pairs, self._urgent_connections, servers)
        return [_function_names(mine, *FunctionKind) for mine in normal] + [
            _function_names(mine, FunctionKind.URGENT) for mine in urgent
        ]

    async def drain(self, limit: timedelta) -> int:
        """Take no more jobs and finish the running ones; returns how many were cut off after
        `limit`.
        """
        self._stop.set()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit.total_seconds()
        for thread in self._threads:
            await loop.run_in_executor(None, thread.join, max(0.0, deadline - loop.time()))
        abandoned = len(self._tasks)
        if abandoned:
            for task in list(self._tasks):
                task.cancel()
            # Cancelled jobs still record the outcomes they know: a lost outcome would be a push
            # sent twice.
            await asyncio.wait(self._tasks, timeout=_CANCEL_TIMEOUT)
        return abandoned

    def _serve(self, server: str, number: int) -> None:
        """Serve the connection of this number until the consumer stops. A lost one is opened again.

        Runs in its own thread.
        """
        is_reported = False
        while not self._stop.is_set():
            worker = _Worker([server], lambda: self._functions[number], self._run_job, self._stop)
            try:
                worker.work(poll_timeout=_IDLE_POLL)
            except _AbandonedJob:
                _log.warning("job abandoned", action="job_abandoned")
            except (gearman.errors.GearmanError, OSError) as error:
                # Once: while the server is away, every attempt to reach it fails.
                if worker.has_connected or not is_reported:
                    _log.warning(
                        "Gearman connection lost",
                        action="gearman_lost",
                        server=server,
                        error=type(error).__name__,
                    )
                is_reported = True
            except Exception:  # noqa: BLE001  # a thread that dies takes no more jobs, and nobody notices
                _log.exception("Gearman connection failed", action="gearman_failed")
            finally:
                worker.shutdown()
            self._stop.wait(_RECONNECT_PAUSE)

    def _run_job(self, raw: bytes) -> None:
        """Run a job in a connection's thread. The job is answered as done when this returns.

        A handler's error is no reason to give the job to another worker: the job's unsent slots are
        still recorded as pending, and recovery submits them again.
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
            raise _AbandonedJob from error

    async def _handle(self, job: Job) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._handler(job)
        except EngineUnavailable as error:  # recovery submits what the job left pending
            _log.warning(
                "job interrupted",
                action="job_interrupted",
                app=job.app,
                vendor=job.vendor,
                **_subject(job),
                error=str(error),
                outage=True,
            )
        except Exception:  # noqa: BLE001  # so is what a fault left pending
            _log.exception("job failed", action="job_failed", app=job.app, vendor=job.vendor, **_subject(job))


def _subject(job: Job) -> dict[str, int | str]:
    """What the job sends, for logs."""
    if isinstance(job, BundleJob):
        return {"shard": job.shard, "bundle": job.bundle}
    return {"message": job.message_id}
