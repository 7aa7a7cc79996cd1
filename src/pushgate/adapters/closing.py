"""Closing async iterators at once, so that abandoned requests end with them."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from typing import TypeVar, cast

Item = TypeVar("Item")


def closing(items: AsyncIterator[Item]) -> AbstractAsyncContextManager[AsyncIterator[Item]]:
    """Close an async generator when the block is left, which abandons its requests in flight."""
    return aclosing(cast("AsyncGenerator[Item, None]", items))
