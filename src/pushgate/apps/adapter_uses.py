"""Tracks which adapters are still in use: a replaced adapter is closed once nothing uses it.

A user takes a hold before it asks the catalog for an adapter, and releases the hold when it has
sent everything.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from pushgate.adapters.contract import Adapter
from pushgate.runtime import logs, tasks

MIN_REST = timedelta(seconds=5)
"""How long a replaced adapter stays open at least, for users without a hold."""
MAX_REST = timedelta(minutes=10)
"""After this time a replaced adapter is closed although it is in use, because its user must be
hanging.
"""
_log = logs.get("apps")


class AdapterUses:
    """The holds of one process, and the replaced adapters that wait for the end of them."""

    def __init__(self, min_rest: timedelta = MIN_REST, max_rest: timedelta = MAX_REST) -> None:
        self._min_rest = min_rest
        self._max_rest = max_rest
        self._period = 0
        """Counts replacements. A hold may concern adapters that were replaced after it began."""
        self._holds: Counter[int] = Counter()
        self._released = asyncio.Event()
        self._closings: dict[asyncio.Task[None], Sequence[Adapter]] = {}

    def hold(self) -> Callable[..., None]:
        """Keep adapters open that the catalog gives from now on; returns a function that releases
        them.

        The returned function may be a callback of a task. It is called once.
        """
        period = self._period
        self._holds[period] += 1

        def release(*_: object) -> None:
            self._holds[period] -= 1
            if not self._holds[period]:
                del self._holds[period]
            self._released.set()

        return release

    def retire(self, adapters: Sequence[Adapter]) -> None:
        """Close these adapters, which the catalog no longer gives, once their last user has
        ended.
        """
        if adapters:
            task = asyncio.create_task(self._close_unused(adapters, self._period))
            self._closings[task] = adapters
            task.add_done_callback(self._closings.pop)
            self._period += 1

    async def close(self) -> None:
        """Close all adapters at once that still wait for their users."""
        for task, adapters in list(self._closings.items()):
            await tasks.cancel_and_wait(task)
            await close_all(adapters)

    async def _close_unused(self, adapters: Sequence[Adapter], period: int) -> None:
        # Some users ask the catalog without a hold, so it is unknown when they have sent
        # everything.
        await asyncio.sleep(self._min_rest.total_seconds())
        try:
            async with asyncio.timeout(self._max_rest.total_seconds()):
                while any(began <= period for began in self._holds):
                    self._released.clear()
                    await self._released.wait()
        except TimeoutError:
            _log.warning("a replaced adapter is closed in use", action="adapter_closed_in_use")
        await close_all(adapters)


async def close_all(adapters: Iterable[Adapter]) -> None:
    """Close all of these adapters. One that cannot be closed is named in the log."""
    for adapter in adapters:
        try:
            await adapter.close()
        except Exception as error:  # noqa: BLE001  # the others are closed all the same
            _log.warning("an adapter was not closed", action="adapter_not_closed", error=type(error).__name__)
