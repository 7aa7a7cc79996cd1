"""Runs programs, restarts those that die, and stops all of them in order."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from pushgate.domain.errors import ChildFailed
from pushgate.embedded.child import Child, Program


class Supervisor:
    """Programs that run until they are stopped: started in the order given, stopped in reverse.

    `failed` is resolved once a program dies again and again right after its start.
    """

    def __init__(self, log_folder: Path) -> None:
        self._folder = log_folder
        self._children: list[Child] = []
        self.failed: asyncio.Future[ChildFailed] = asyncio.get_running_loop().create_future()

    async def start(self, program: Program) -> None:
        """Start a program and keep it running. Raises OSError where it cannot be started."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        child = Child(program, self._folder / f"{program.name}.log", self.failed)
        self._children.append(child)
        await child.start()

    async def stop(self) -> None:
        """Stop all programs, the last started first. A program that takes too long is killed."""
        while self._children:
            await self._children[-1].stop()
            self._children.pop()

    def kill(self) -> None:
        """Kill all programs at once."""
        for child in self._children:
            child.kill()

    def hang_up(self, name: str) -> None:
        """Send SIGHUP to a program, if it runs: it reads its configuration again."""
        if pid := self.pid(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGHUP)

    def pid(self, name: str) -> int | None:
        """The process id of a program, None while it does not run."""
        return next((child.pid for child in self._children if child.program.name == name), None)
