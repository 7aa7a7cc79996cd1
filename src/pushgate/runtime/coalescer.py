"""Gathers concurrent look-ups of one process into few calls. In: keys. Out: their values."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from pushgate.runtime.tasks import cancel_and_wait

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Call(Generic[Key, Value]):
    """One call of `fetch`: the position of each key, and the future of the values."""

    def __init__(self) -> None:
        self.positions: dict[Key, int] = {}
        self.values: asyncio.Future[Sequence[Value]] = asyncio.get_running_loop().create_future()

    def enlist(self, key: Key) -> int:
        """The position of the key in this call."""
        return self.positions.setdefault(key, len(self.positions))


class Coalescer(Generic[Key, Value]):
    """Runs one call of `fetch` at a time, each with at most `max_keys` keys.

    `fetch` returns the values of its keys in their order. A call may go on when nobody waits for it
    any more, so it must change nothing that would be wrong then. A look-up starts
    a call at once when none runs. The keys of look-ups that come meanwhile go with the next call,
    so a value is never older than its look-up. `pause`, if given, is awaited after each call.

    An error of a call reaches each look-up that takes part in the call. The cancellation of a
    look-up touches no other. A call belongs to no look-up: it runs in an empty context.
    """

    def __init__(
        self,
        fetch: Callable[[Sequence[Key]], Awaitable[Sequence[Value]]],
        max_keys: int,
        pause: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._fetch = fetch
        self._max_keys = max_keys
        self._pause = pause
        self._waiting: deque[_Call[Key, Value]] = deque()
        self._runner: asyncio.Task[None] | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no call runs or waits."""
        return self._runner is None

    async def get(self, key: Key) -> Value:
        """The value of the key. Raises what `fetch` raises."""
        call, position = self._enlist(key)
        await asyncio.wait([call.values])
        return call.values.result()[position]

    async def get_many(self, keys: Sequence[Key]) -> list[Value]:
        """The values of the keys, in their order. Raises what `fetch` raises."""
        if not keys:
            return []
        places = [self._enlist(key) for key in keys]
        await asyncio.wait({call.values for call, _ in places})
        return [call.values.result()[position] for call, position in places]

    def prefetch(self, key: Key) -> None:
        """Call for the key without waiting. An error of the call is discarded."""
        self._enlist(key)

    async def close(self) -> None:
        """Cancel the running call, and the look-ups that wait."""
        if self._runner is not None:
            await cancel_and_wait(self._runner)

    def _enlist(self, key: Key) -> tuple[_Call[Key, Value], int]:
        """The waiting call that the key goes with, and the key's position in it."""
        call = self._waiting[-1] if self._waiting else None
        if call is None or (len(call.positions) >= self._max_keys and key not in call.positions):
            call = _Call()
            self._waiting.append(call)
        if self._runner is None:
            self._runner = asyncio.create_task(self._run(), context=Context())
        return call, call.enlist(key)

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._answer(self._waiting.popleft())
                if self._pause is not None:
                    await self._pause()
        finally:
            self._runner = None
            for call in self._waiting:
                call.values.cancel()
            self._waiting.clear()

    async def _answer(self, call: _Call[Key, Value]) -> None:
        try:
            values = await self._fetch(list(call.positions))
        except Exception as error:  # noqa: BLE001  # it is raised by each look-up
            call.values.set_exception(error)
            call.values.exception()  # nobody may be left to retrieve it
        except BaseException:
            call.values.cancel()
            raise
        else:
            call.values.set_result(values)
