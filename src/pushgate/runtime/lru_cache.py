"""A cache of bounded size that evicts the least recently used value."""

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class LRUCache(Generic[Key, Value]):
    """At most `max_size` values by key."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        """How many values there are."""
        return len(self._values)

    def get(self, key: Key) -> Value | None:
        """The value, or None if there is none or it was evicted."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: Key, value: Value) -> None:
        """Store the value; may evict the least recently used one."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._max_size:
            self._values.popitem(last=False)

    def discard(self, key: Key) -> None:
        """Remove the value, if there is one."""
        self._values.pop(key, None)
