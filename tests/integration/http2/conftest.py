"""Each test of this folder runs on both event loops: workers run on uvloop, and its TLS and its sockets are its own."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import pytest
import uvloop
from tests.integration.http2.servers import Certificates

from pushgate.http2.client import Client
from pushgate.http2.exchange import BurstTemplate, Response, Result

Returned = TypeVar("Returned")
Run = Callable[[Coroutine[Any, Any, Returned]], Returned]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run[Any]:
    """Runs a coroutine to its end."""
    return asyncio.run if request.param == "asyncio" else uvloop.run


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("tls"))


POSTS = BurstTemplate(b"/", (), b"hello", in_path=True)
"""The item is the path."""


async def ends(client: Client, template: BurstTemplate, items: Sequence[bytes]) -> dict[int, Result]:
    """Send all and wait for the ends."""
    found: dict[int, Result] = {}
    async with client.send(template, items) as burst:
        async for indexes, end in burst:
            assert not found.keys() & set(indexes), "a request has two ends"
            found.update(dict.fromkeys(indexes, end))
    assert len(found) == len(items), "a request has no end"
    return found


def counted(found: dict[int, Result]) -> Counter[str]:
    """How many ends of each kind: `200`, `404`, `NoResponse`, `NotSent`."""
    return Counter(
        str(end.status) if isinstance(end, Response) else type(end).__name__ for end in found.values()
    )
