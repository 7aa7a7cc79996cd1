"""Many requests of one template, from the asking to their ends."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType

from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.results import OK, NotSent, Result


class Burst:
    """Iterate over it for the ends as they come: indexes into the items that share an end, and that end.

    Every item comes to exactly one end, except those that were not sent when `stop` was called or the burst was left.
    Use as an async context manager: leaving it gives up what is in flight.
    """

    def __init__(self, template: BurstTemplate, items: Sequence[bytes], patience: float) -> None:
        """`patience` is for how many seconds a server is asked again that does not process a request."""
        self.template = template
        self.landed: list[int] = []
        """Indexes whose 200 has come and is not told yet."""
        self.queued = False
        """Whether whoever serves the burst has it in line."""
        self.abandon: Callable[[Burst], None] = lambda _: None
        """Called once the burst is left; set by whoever serves it."""
        self._items = items
        self._next = 0
        self._again: list[int] = []
        self._patience = patience
        self._refused_at: dict[int, float] = {}
        self._ends: deque[tuple[int, Result]] = deque()
        self._open = 0
        self._stopped = False
        self._change: asyncio.Future[None] | None = None

    async def __aenter__(self) -> "Burst":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.abandon(self)

    def __aiter__(self) -> "Burst":
        return self

    async def __anext__(self) -> tuple[Sequence[int], Result]:
        while True:
            if self.landed:
                indexes, self.landed = self.landed, []
                self._open -= len(indexes)
                return indexes, OK
            if self._ends:
                index, end = self._ends.popleft()
                self._open -= 1
                return (index,), end
            if not self._open and not self.unsent:
                raise StopAsyncIteration
            self._change = asyncio.get_running_loop().create_future()
            await self._change

    def stop(self) -> list[int]:
        """Send no more; what is in flight comes to its end. Returns the indexes of the rest, of which nothing is told."""
        self._stopped = True
        rest = self._take_rest()
        self.wake()
        return rest

    @property
    def stopped(self) -> bool:
        """Whether no more is to be sent."""
        return self._stopped

    @property
    def unsent(self) -> int:
        """Items that wait to be sent."""
        return len(self._items) - self._next + len(self._again)

    def peek(self, most: int) -> Sequence[int]:
        """Indexes of the next items to send."""
        if self._again:
            return self._again[:most]
        return range(self._next, min(self._next + most, len(self._items)))

    def pick(self, indexes: Sequence[int]) -> Sequence[bytes]:
        """The items at these indexes, as `peek` gave them."""
        if isinstance(indexes, range):
            return self._items[indexes.start : indexes.stop]
        return [self._items[index] for index in indexes]

    def begun(self, count: int) -> None:
        """As many of the indexes that `peek` gave are in flight now."""
        self._open += count
        if self._again:
            del self._again[:count]
        else:
            self._next += count

    def end(self, index: int, end: Result) -> None:
        """An item in flight has come to its end. Call `wake` when all that is known has been told."""
        self._ends.append((index, end))

    def refused(self, index: int, cause: str) -> None:
        """An item in flight was not processed: it is to be sent again, unless that has been tried for too long."""
        now = asyncio.get_running_loop().time()
        if self._stopped or now - self._refused_at.setdefault(index, now) > self._patience:
            self.end(index, NotSent(cause))
        else:
            self._open -= 1
            self._again.append(index)

    def fail(self, cause: str) -> None:
        """Nothing more can be sent: all that waits has come to its end."""
        waiting = self._take_rest()
        self._open += len(waiting)
        self._ends.extend((index, NotSent(cause)) for index in waiting)
        self.wake()

    def _take_rest(self) -> list[int]:
        rest = [*self._again, *range(self._next, len(self._items))]
        self._again, self._next = [], len(self._items)
        return rest

    def wake(self) -> None:
        """Let whoever iterates look again."""
        if self._change is not None and not self._change.done():
            self._change.set_result(None)
