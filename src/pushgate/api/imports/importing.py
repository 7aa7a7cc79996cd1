"""An import while it runs: a stream of bytes is read into windows, and one window is registered
while the next one is read.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress

from pushgate.api.imports.lines import LineSplitter, NumberedLine
from pushgate.api.imports.reading import LineReader, Window
from pushgate.api.imports.window_limits import MAX_WINDOW, MAX_WINDOW_AGE, MAX_WINDOW_MEMORY
from pushgate.domain.clock import Clock
from pushgate.runtime.tasks import cancel_and_wait
from pushgate.terminals.bulk.import_state import ImportState
from pushgate.terminals.bulk.registration import WindowRegistration

Note = Callable[[ImportState], Awaitable[None]]
"""Notes how far the import is."""


class Importer:
    """Runs one import, beginning with the first line that is not done yet."""

    def __init__(
        self,
        reader: LineReader,
        registration: WindowRegistration,
        state: ImportState,
        clock: Clock,
        note: Note,
    ) -> None:
        self.state = state
        self._reader = reader
        self._registration = registration
        self._clock = clock
        self._note = note
        self._window_began_at = self._now = clock.now()
        self._registering: asyncio.Task[None] | None = None

    async def run(self, stream: AsyncIterator[bytes]) -> None:
        """Register the terminals of all good lines.

        Raises the errors of the stream and of the reader, and EngineUnavailable. `state` then says
        which lines are registered.
        """
        try:
            await self._read(stream)
        except BaseException:
            await self._stop()
            raise

    async def _read(self, stream: AsyncIterator[bytes]) -> None:
        splitter = LineSplitter()
        async for chunk in stream:
            self._now = self._clock.now()
            await self._take(splitter.feed(chunk))
            await asyncio.sleep(0)  # reading data that is here never waits
        await self._take(splitter.end())
        self._reader.end(self._now)
        await self._flush()
        await self._settle()

    async def _take(self, lines: Iterable[NumberedLine]) -> None:
        reader, now = self._reader, self._now
        for line in lines:
            reader.read(line, now)
            window = reader.window
            is_full = len(window.terminals) >= MAX_WINDOW or window.memory >= MAX_WINDOW_MEMORY
            if is_full and reader.may_pause:
                await self._flush()
        if now - self._window_began_at > MAX_WINDOW_AGE and reader.may_pause:
            await self._flush()

    async def _flush(self) -> None:
        await self._settle()
        self._window_began_at = self._now = self._clock.now()
        self._registering = asyncio.create_task(self._register(self._reader.take_window()))

    async def _register(self, window: Window) -> None:
        if window.terminals:
            registered = await self._registration.register(window.terminals)
            window.outcome.created, window.outcome.warnings = registered.created, registered.warnings
        self.state.add(window.outcome)
        self.state.updated_at = self._clock.now()
        await self._note(self.state)

    async def _settle(self) -> None:
        """Wait for the window that is being registered."""
        if self._registering:
            await self._registering
            self._registering = None

    async def _stop(self) -> None:
        """Wait until the window that is being registered is done, unless the process stops."""
        task = self._registering
        if task is None:
            return
        if (current := asyncio.current_task()) and current.cancelling():
            await cancel_and_wait(task)
            return
        with suppress(Exception):  # the first error is the one to tell
            await task
