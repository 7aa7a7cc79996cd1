"""A request as the API's own code sees it: Starlette's `Request`, or the `PlainRequest` of a direct
route, which costs less.
"""

from collections.abc import MutableMapping, Sequence
from typing import Any, Protocol

from starlette.types import Receive, Scope

RawHeaders = Sequence[tuple[bytes, bytes]]


class HeaderFields(Protocol):
    """The header fields of a request. Names are written in lower case."""

    def get(self, name: str, /) -> str | None:
        """Return the first value of a field, None without the field."""
        ...

    def getlist(self, name: str, /) -> list[str]:
        """Return all values of a field, in their order."""
        ...


class HttpRequest(Protocol):
    """The parts of a request that the API's own code needs."""

    @property
    def scope(self) -> MutableMapping[str, Any]:
        """The ASGI scope."""
        ...

    @property
    def headers(self) -> HeaderFields:
        """The header fields."""
        ...

    @property
    def receive(self) -> Receive:
        """ASGI: receive a part of the body."""
        ...


class PlainHeaders:
    """Header fields in a dictionary: each look-up costs the same, however many fields there are."""

    __slots__ = ("_first", "_raw")

    def __init__(self, raw: RawHeaders) -> None:
        self._raw = raw
        self._first = dict(raw)
        if len(self._first) != len(raw):
            self._first = dict(reversed(raw))  # the first value of a repeated field counts

    def get(self, name: str, /) -> str | None:
        """Return the first value of a field, None without the field."""
        value = self._first.get(name.encode("latin-1"))
        return None if value is None else value.decode("latin-1")

    def getlist(self, name: str, /) -> list[str]:
        """Return all values of a field, in their order."""
        key = name.encode("latin-1")
        if key not in self._first:
            return []
        return [value.decode("latin-1") for found, value in self._raw if found == key]


class PlainRequest:
    """A request of a direct route."""

    __slots__ = ("headers", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.headers = PlainHeaders(scope["headers"])
