"""One program of the supervisor: its process, which is restarted when it dies, and its log file."""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pushgate.domain.errors import ChildFailed
from pushgate.embedded.children import die_with_parent
from pushgate.runtime import logs

_MAX_LOG_BYTES = 10 * 1024 * 1024
_MAX_LINE_BYTES = 1024 * 1024
_QUICK_DEATH = 5.0
"""Seconds: a process that dies earlier after its start cannot run."""
_MAX_QUICK_DEATHS = 5
_MIN_RESTART_DELAY = 0.2
_MAX_RESTART_DELAY = 5.0
_log = logs.get("supervisor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process to run.

    `stop_timeout` is how many seconds it gets to stop before it is killed. One that `reloads` reads
    its configuration again on SIGHUP.

    `descriptors` are file descriptors that the process inherits.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    stop_timeout: float = 10.0
    reloads: bool = False


class Child:
    """Runs a program until it is stopped. `failed` is resolved once the program cannot run."""

    def __init__(self, program: Program, log_file: Path, failed: "asyncio.Future[ChildFailed]") -> None:
        self.program = program
        self._log_file = log_file
        self._failed = failed
        self._process: asyncio.subprocess.Process | None = None
        self._supervision: asyncio.Task[None] | None = None
        self._stopping = False
        self._last_lines: deque[str] = deque(maxlen=15)

    @property
    def pid(self) -> int | None:
        """The id of the process, None while it does not run."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start the process. Raises OSError where that is not possible."""
        await self._spawn()
        self._supervision = asyncio.create_task(self._supervise())

    async def stop(self) -> None:
        """Stop the process; kill it when it takes longer than its stop timeout."""
        self._stopping = True
        process = self._process
        if process and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), self.program.stop_timeout)
            except TimeoutError:
                _log.warning(
                    "process killed: it did not stop in time", action="killed", program=self.program.name
                )
                self.kill()
                await process.wait()
        if self._supervision:
            await self._supervision

    def kill(self) -> None:
        """Kill the process at once."""
        self._stopping = True
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def _is_stopping(self) -> bool:
        return self._stopping

    async def _spawn(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self.program.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **self.program.environment},
            pass_fds=self.program.descriptors,
            preexec_fn=die_with_parent(signal.SIGTERM),
            # The child gets its own session: Ctrl-C then reaches the supervisor alone, which stops
            # the children in order.
            start_new_session=True,
            limit=_MAX_LINE_BYTES,
        )

    async def _supervise(self) -> None:
        """Restart the process whenever it dies, until it is stopped or dies too often."""
        deaths, delay = 0, _MIN_RESTART_DELAY
        loop = asyncio.get_running_loop()
        while True:
            started_at = loop.time()
            assert self._process is not None
            await self._copy_output(self._process)
            code = await self._process.wait()
            if self._is_stopping():
                return
            deaths = deaths + 1 if loop.time() - started_at < _QUICK_DEATH else 1
            delay = _MIN_RESTART_DELAY if deaths == 1 else min(delay * 2, _MAX_RESTART_DELAY)
            _log.warning(
                "process died, starting it again", action="restarted", program=self.program.name, code=code
            )
            if deaths > _MAX_QUICK_DEATHS:
                self._fail()
                return
            await asyncio.sleep(delay)
            if self._is_stopping():
                return
            await self._respawn()

    def _fail(self) -> None:
        if not self._failed.done():
            lines = "\n".join(self._last_lines)
            self._failed.set_result(ChildFailed(f"{self.program.name} cannot run; its last words:\n{lines}"))

    async def _respawn(self) -> None:
        """Start the process again.

        Where that fails, the dead one counts as having died once more.
        """
        try:
            await self._spawn()
        except OSError as error:
            _log.warning(
                "process cannot be started",
                action="spawn_failed",
                program=self.program.name,
                error=str(error),
            )
            return
        if self._is_stopping() and self._process:  # `stop` was called while the process started
            self._process.terminate()

    async def _copy_output(self, process: asyncio.subprocess.Process) -> None:
        """Write the output to the log file until the process closes it."""
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # the line is too long, and left out
                continue
            if not line:
                return
            self._last_lines.append(line.decode("utf-8", "replace").rstrip()[:1000])
            with contextlib.suppress(OSError):  # a full disk must not stop the process that writes
                self._write(line)

    def _write(self, line: bytes) -> None:
        """Append to the log file. One older generation of the file is kept."""
        if self._log_file.exists() and self._log_file.stat().st_size > _MAX_LOG_BYTES:
            self._log_file.replace(self._log_file.with_suffix(".log.1"))
        with self._log_file.open("ab") as opened:
            opened.write(line)
