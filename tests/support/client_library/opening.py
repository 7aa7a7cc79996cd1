"""Opening the client library in its asynchronous or its synchronous form."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from httpx import AsyncClient
from tests.support.client_library.in_thread import in_thread

from pushgate_client import AsyncPushgate, Pushgate


class Opener(Protocol):
    """Opens a client at an address, with a key."""

    def __call__(
        self, url: str, key: str, *, max_attempts: int = 5
    ) -> AbstractAsyncContextManager[AsyncPushgate]: ...


@asynccontextmanager
async def open_async(url: str, key: str, *, max_attempts: int = 5) -> AsyncIterator[AsyncPushgate]:
    """The asynchronous client."""
    async with AsyncPushgate(url, key, max_attempts=max_attempts) as client:
        yield client


@asynccontextmanager
async def open_sync(url: str, key: str, *, max_attempts: int = 5) -> AsyncIterator[AsyncPushgate]:
    """The synchronous client, called as the asynchronous one."""
    with Pushgate(url, key, max_attempts=max_attempts) as client:
        yield in_thread(client)


def key_of(client: AsyncClient) -> str:
    """The API key that a client of the tests uses."""
    return str(client.headers.get("Authorization", "")).removeprefix("Bearer ")
