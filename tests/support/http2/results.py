"""Sending a burst of requests and counting the results."""

from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from pushgate.http2.burst_template import BurstTemplate, Item
from pushgate.http2.client import Client
from pushgate.http2.results import Response, Result

Returned = TypeVar("Returned")
Run = Callable[[Coroutine[Any, Any, Returned]], Returned]
POSTS = BurstTemplate(path=b"/", headers=(), body_prefix=b"hello", item_in_path=True)
"""The item is the path."""


async def results_of(client: Client, template: BurstTemplate, items: Sequence[Item]) -> dict[int, Result]:
    """Send a request for each item; return the results by index."""
    found: dict[int, Result] = {}
    async with client.send(template, items) as burst:
        async for indexes, result in burst:
            assert not found.keys() & set(indexes), "a request has two results"
            found.update(dict.fromkeys(indexes, result))
    assert len(found) == len(items), "a request has no result"
    return found


def count_results(found: dict[int, Result]) -> Counter[str]:
    """How many results of each kind: `200`, `404`, `NoResponse`, `NotSent`."""
    return Counter(
        str(result.status) if isinstance(result, Response) else type(result).__name__
        for result in found.values()
    )
