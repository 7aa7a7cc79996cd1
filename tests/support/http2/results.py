"""Sending a burst of requests and counting the results."""

from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from pushgate.http2.burst_template import BurstTemplate
from pushgate.http2.client import Client
from pushgate.http2.results import Response, Result

Returned = TypeVar("Returned")
Run = Callable[[Coroutine[Any, Any, Returned]], Returned]
POSTS = BurstTemplate(path=b"/", headers=(), body_prefix=b"hello", item_in_path=True)
"""The item is the path."""


async def results_of(client: Client, template: BurstTemplate, items: Sequence[bytes]) -> dict[int, Result]:
    """Send all and wait for the ends."""
    found: dict[int, Result] = {}
    async with client.send(template, items) as burst:
        async for indexes, end in burst:
            assert not found.keys() & set(indexes), "a request has two ends"
            found.update(dict.fromkeys(indexes, end))
    assert len(found) == len(items), "a request has no end"
    return found


def count_results(found: dict[int, Result]) -> Counter[str]:
    """How many ends of each kind: `200`, `404`, `NoResponse`, `NotSent`."""
    return Counter(
        str(end.status) if isinstance(end, Response) else type(end).__name__ for end in found.values()
    )
