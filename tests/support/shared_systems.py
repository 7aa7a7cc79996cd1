"""Systems that the tests of a folder share. Each ends with the last of these tests: one that ran
until the end of the session would take its part of the processor from all later tests.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

import pytest
from tests.support.distribution import group_of

T = TypeVar("T")

_open: dict[str, list[ExitStack]] = {}


@contextmanager
def shared(group: str, system: AbstractContextManager[T]) -> Iterator[T]:
    """The system, which ends with the last test of a group of `distribution.WHOLE_FOLDERS`, or with
    the context. For fixtures of the session.
    """
    with ExitStack() as stack:
        found = stack.enter_context(system)
        _open.setdefault(group, []).append(stack)
        yield found


def end_after(item: pytest.Item, next_item: pytest.Item | None) -> None:
    """End what the group of a test shared, where no test of the group follows in this process."""
    group = group_of(item.nodeid)
    if group not in _open or next_item is None or group_of(next_item.nodeid) == group:
        return
    # A process that runs beside others gets all tests of a group, one after the other.
    if not hasattr(item.config, "workerinput"):
        items = item.session.items
        if any(group_of(one.nodeid) == group for one in items[items.index(next_item) :]):
            return
    for stack in reversed(_open.pop(group)):
        stack.close()
