"""A stream that needs more attention than most: its state, and what its bytes mean for it (RFC 9113, sections 5, 8)."""

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from pushgate.http2.exchange import MAX_ANSWER, Answer

Tag = TypeVar("Tag")


class Malformed(Exception):
    """The response breaks the rules of HTTP: its stream ends with PROTOCOL_ERROR (RFC 9113, 8.1.1)."""


class Stream(Generic[Tag]):
    """A request whose body is not all sent yet, or whose response is more than a 200 to be noted."""

    __slots__ = ("body", "headers", "received", "status", "tag", "unsent", "whole", "window")

    def __init__(self, tag: Tag, *, whole: bool, status: int | None = None) -> None:
        self.tag = tag
        self.whole = whole
        self.status = status
        self.headers: Mapping[str, str] = {}
        self.body = bytearray()
        self.received = 0
        self.unsent: memoryview | None = None
        self.window = 0
        """How many bytes of the body the peer takes for now; under 0 when it has taken some of that back."""

    @property
    def taken(self) -> bool:
        """Whether all that is wanted of the answer is known: a 200, of a request to which no more matters."""
        return self.status == 200 and not self.whole

    def answer(self) -> Answer:
        """The response as far as it came."""
        return Answer(self.status or 0, self.headers, bytes(self.body))

    def take_fields(self, fields: Iterable[tuple[str, str]], *, last: bool) -> None:
        """A header section has come: an interim one (1xx), the response's, or trailers. Raises Malformed."""
        pseudo, headers = _split(fields)
        if self.status is not None:
            if pseudo or not last:
                raise Malformed("trailers")
            return
        text = pseudo.get(":status", "")
        if len(pseudo) != 1 or not (len(text) == 3 and text.isascii() and text.isdigit()) or text == "101":
            raise Malformed("status")
        if text[0] == "1":
            if last:
                raise Malformed("an interim response ends the stream")
            return
        self.status, self.headers = int(text), headers

    def take_data(self, data: bytes, size: int) -> bool:
        """Part of the body has come, `size` bytes with its padding; tells whether no more is read. Raises Malformed."""
        if self.status is None:
            raise Malformed("a body before its headers")
        self.received += size
        if not self.taken:
            self.body += data
        return self.received >= MAX_ANSWER


def _split(fields: Iterable[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Pseudo-header fields and the others (RFC 9113, 8.2, 8.3). Raises Malformed."""
    pseudo: dict[str, str] = {}
    headers: dict[str, str] = {}
    for name, value in fields:
        if name.startswith(":"):
            if headers or name in pseudo:
                raise Malformed("pseudo-header fields come first, and once")
            pseudo[name] = value
        elif not name or name != name.lower():
            raise Malformed("field names are in lower case")
        else:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return pseudo, headers
