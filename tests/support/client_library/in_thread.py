"""The synchronous client called as the asynchronous one, so that one table of calls tests both."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, cast

from pushgate_client import AsyncPushgate, Pushgate
from pushgate_client.events import EventStream

_END = object()


def in_thread(client: Pushgate) -> AsyncPushgate:
    """A client whose calls run in threads."""
    return cast("AsyncPushgate", _InThread(client))


class _InThread:
    """A client, or the calls of one subject."""

    def __init__(self, part: object) -> None:
        self._part = part

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not callable(found):
            return _InThread(found)
        if inspect.isgeneratorfunction(found):
            return lambda *args, **named: _iterate(found(*args, **named))
        if name == "follow":
            return lambda *args, **named: _Stream(found(*args, **named))
        return partial(asyncio.to_thread, found)


class _Stream:
    def __init__(self, stream: EventStream) -> None:
        self._stream = stream

    @property
    def after(self) -> str | None:
        return self._stream.after

    def __aiter__(self) -> AsyncIterator[object]:
        return _iterate(iter(self._stream))


async def _iterate(found: Iterator[object]) -> AsyncIterator[object]:
    while (one := await asyncio.to_thread(next, found, _END)) is not _END:
        yield one
