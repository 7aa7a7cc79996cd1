"""Runs processes, starts again what dies, and stops all in order."""

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

_MAX_LOG = 10 * 1024 * 1024
_YOUNG = 5.0
_MOST_YOUNG_DEATHS = 5
_LONGEST_PAUSE = 5.0
_log = logs.get("supervisor")


@dataclass(frozen=True, slots=True)
class Program:
    """One process to run. `patience` is how many seconds it gets to stop."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    patience: float = 10.0


class Supervisor:
    """Programs that are to run until told otherwise. Started in the order they are added, stopped in reverse."""

    def __init__(self, log_folder: Path) -> None:
        self._folder = log_folder
        self._children: list[_Child] = []
        self.failed: asyncio.Future[ChildFailed] = asyncio.get_running_loop().create_future()

    async def start(self, program: Program) -> None:
        """Start a program and keep it running."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        child = _Child(program, self._folder / f"{program.name}.log", self.failed)
        self._children.append(child)
        await child.start()

    async def stop(self) -> None:
        """Stop all, the last started first; what does not stop in its time is killed."""
        while self._children:
            await self._children[-1].stop()
            self._children.pop()

    def kill(self) -> None:
        """Kill all at once."""
        for child in self._children:
            child.kill()

    def pid(self, name: str) -> int | None:
        """The process id of a program, while it runs."""
        return next((child.pid for child in self._children if child.program.name == name), None)


class _Child:
    def __init__(self, program: Program, log_file: Path, failed: "asyncio.Future[ChildFailed]") -> None:
        self.program = program
        self._log_file = log_file
        self._failed = failed
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._stopping = False
        self._last: deque[str] = deque(maxlen=15)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        self._stopping = True
        process = self._process
        if process and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), self.program.patience)
            except TimeoutError:
                _log.warning(
                    "process killed: it did not stop in time", action="killed", program=self.program.name
                )
                self.kill()
                await process.wait()
        if self._keeper:
            await self._keeper

    def kill(self) -> None:
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
            # A session of its own: Ctrl-C reaches the supervisor only, which stops all in order.
            start_new_session=True,
            limit=1024 * 1024,
        )

    async def _keep(self) -> None:
        deaths, pause = 0, 0.2
        loop = asyncio.get_running_loop()
        while True:
            born = loop.time()
            assert self._process is not None
            await self._drain_output(self._process)
            code = await self._process.wait()
            if self._is_stopping():
                return
            deaths = deaths + 1 if loop.time() - born < _YOUNG else 1
            pause = 0.2 if deaths == 1 else min(pause * 2, _LONGEST_PAUSE)
            _log.warning(
                "process died, starting it again", action="restarted", program=self.program.name, code=code
            )
            if deaths > _MOST_YOUNG_DEATHS:
                if not self._failed.done():
                    last = "\n".join(self._last)
                    self._failed.set_result(
                        ChildFailed(f"{self.program.name} cannot run; its last words:\n{last}")
                    )
                return
            await asyncio.sleep(pause)
            if self._is_stopping():
                return
            try:
                await self._spawn()
            except OSError as error:
                _log.warning(
                    "process cannot be started",
                    action="spawn_failed",
                    program=self.program.name,
                    error=str(error),
                )
                continue
            if self._is_stopping():  # told to stop in just that moment
                self._process.terminate()

    async def _drain_output(self, process: asyncio.subprocess.Process) -> None:
        """Its output into the log file, of which one old generation is kept."""
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line beyond all bounds is passed over
                continue
            if not line:
                return
            self._last.append(line.decode("utf-8", "replace").rstrip()[:1000])
            with contextlib.suppress(OSError):  # a full disk must not stop the process that writes
                self._write(line)

    def _write(self, line: bytes) -> None:
        if self._log_file.exists() and self._log_file.stat().st_size > _MAX_LOG:
            self._log_file.replace(self._log_file.with_suffix(".log.1"))
        with self._log_file.open("ab") as opened:
            opened.write(line)
