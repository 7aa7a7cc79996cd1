"""Many requests of one template: hands out items to send and reports the results.

Knows nothing of connections. Whoever serves the burst takes items and records results.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType

from pushgate.http2.burst_template import BurstTemplate, Item
from pushgate.http2.results import OK, NotSent, Result


class Burst:
    """An async iterator of results: the indexes of items that share a result, and that result.

    Every item has exactly one result, except items that were not sent when `stop` was called or the
    burst was left. Use it as an async context manager: leaving it cancels the requests in flight.
    """

    def __init__(self, template: BurstTemplate, items: Sequence[Item], retry_refused_for: float) -> None:
        """Requests that the server refuses are sent again for `retry_refused_for` seconds."""
        self.template = template
        self.succeeded: list[int] = []
        """Indexes whose 200 has come and has not been reported."""
        self.queued = False
        """Whether the server of the burst has it in its queue."""
        self.on_exit: Callable[[Burst], None] = lambda _: None
        """Called when the burst is left. Set by whoever serves the burst."""
        self._items = items
        self._next = 0
        self._requeued: list[int] = []
        self._retry_refused_for = retry_refused_for
        self._first_refused_at: dict[int, float] = {}
        self._results: deque[tuple[int, Result]] = deque()
        self._unreported = 0
        self._stopped = False
        self._change: asyncio.Future[None] | None = None

    async def __aenter__(self) -> "Burst":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.on_exit(self)

    def __aiter__(self) -> "Burst":
        return self

    async def __anext__(self) -> tuple[Sequence[int], Result]:
        while True:
            if self.succeeded:
                indexes, self.succeeded = self.succeeded, []
                self._unreported -= len(indexes)
                return indexes, OK
            if self._results:
                index, result = self._results.popleft()
                self._unreported -= 1
                return (index,), result
            if not self._unreported and not self.unsent:
                raise StopAsyncIteration
            self._change = asyncio.get_running_loop().create_future()
            await self._change

    def stop(self) -> list[int]:
        """Send no more; requests in flight still get results.
        Returns the indexes that are not sent."""
        self._stopped = True
        unsent = self._take_unsent()
        self.notify()
        return unsent

    @property
    def stopped(self) -> bool:
        """Whether no more is to be sent."""
        return self._stopped

    @property
    def unsent(self) -> int:
        """Number of items that wait to be sent."""
        return len(self._items) - self._next + len(self._requeued)

    def peek(self, max_items: int) -> Sequence[int]:
        """Indexes of the next items to send."""
        if self._requeued:
            return self._requeued[:max_items]
        return range(self._next, min(self._next + max_items, len(self._items)))

    def items_at(self, indexes: Sequence[int]) -> Sequence[Item]:
        """The items at these indexes, as `peek` returned them."""
        if isinstance(indexes, range):
            return self._items[indexes.start : indexes.stop]
        return [self._items[index] for index in indexes]

    def mark_sent(self, count: int) -> None:
        """The first `count` indexes that `peek` returned are in flight."""
        self._unreported += count
        if self._requeued:
            del self._requeued[:count]
        else:
            self._next += count

    def add_result(self, index: int, result: Result) -> None:
        """Record the result of an item in flight.
        Call `notify` after the last one that is known."""
        self._results.append((index, result))

    def requeue(self, index: int, cause: str) -> None:
        """Send an item again that the server refused; fail it after too many seconds."""
        now = asyncio.get_running_loop().time()
        first_refused_at = self._first_refused_at.setdefault(index, now)
        if self._stopped or now - first_refused_at > self._retry_refused_for:
            self.add_result(index, NotSent(cause))
        else:
            self._unreported -= 1
            self._requeued.append(index)

    def fail_unsent(self, cause: str) -> None:
        """Nothing more can be sent: fail all items that wait."""
        unsent = self._take_unsent()
        self._unreported += len(unsent)
        self._results.extend((index, NotSent(cause)) for index in unsent)
        self.notify()

    def notify(self) -> None:
        """Wake the iterator."""
        if self._change is not None and not self._change.done():
            self._change.set_result(None)

    def _take_unsent(self) -> list[int]:
        unsent = [*self._requeued, *range(self._next, len(self._items))]
        self._requeued, self._next = [], len(self._items)
        return unsent
