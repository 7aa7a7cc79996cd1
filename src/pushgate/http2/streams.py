"""The state of a stream whose response is not a plain 200 (RFC 9113, sections 5 and 8)."""

from collections.abc import Mapping
from typing import Final, Generic, TypeVar

from pushgate.http2.field_sections import FieldSection
from pushgate.http2.protocol_errors import Malformed
from pushgate.http2.results import MAX_FAILURE, MAX_RESPONSE, Response

Tag = TypeVar("Tag")
_SWITCHING_PROTOCOLS: Final = 101
_FIRST_FINAL: Final = 200
_WITHOUT_CONTENT: Final = (204, 304)


class Stream(Generic[Tag]):
    """A request whose body is not all sent yet, or whose response is more than a 200 to be noted."""

    __slots__ = (
        "_content_length",
        "_headers_size",
        "body",
        "headers",
        "received",
        "status",
        "tag",
        "unsent",
        "whole",
        "window",
    )

    def __init__(self, tag: Tag, *, whole: bool, status: int | None = None) -> None:
        self.tag = tag
        self.whole = whole
        self.status = status
        self.headers: Mapping[str, str] = {}
        self.body = bytearray()
        self.received = 0
        """Bytes of the stream's window that were used."""
        self.unsent: memoryview | None = None
        self.window = 0
        """How many bytes of the body the peer takes for now; under 0 when it has taken some of that back."""
        self._content_length: int | None = None
        self._headers_size = 0

    @property
    def taken(self) -> bool:
        """Whether no more of the answer is wanted: a 200 to a request that asks for the status alone."""
        return self.status == 200 and not self.whole

    @property
    def size(self) -> int:
        """Bytes that the response holds."""
        return len(self.body) + self._headers_size

    def answer(self) -> Response:
        """The response as far as it came."""
        return Response(self.status or 0, self.headers, bytes(self.body))

    def take_section(self, section: FieldSection, *, last: bool) -> None:
        """A header section has come: interim (1xx), final, or trailers. Raises Malformed."""
        if self.status is not None:
            if section.status is not None or not last:
                raise Malformed("trailers with a status, or before the end")
        elif section.status is None or section.status == _SWITCHING_PROTOCOLS:
            raise Malformed("a response without a status, or with status 101")
        elif section.status < _FIRST_FINAL:
            if last:
                raise Malformed("an interim response that ends the stream")
            return
        else:
            self.status = section.status
            if not self.taken:
                self.headers, self._content_length = section.headers, section.length
                self._headers_size = section.size
        if last:
            self._require_complete()

    def take_data(self, data: bytes, size: int, *, last: bool) -> bool:
        """Part of the body has come, `size` bytes with its padding. Raises Malformed.

        Returns whether the body is as long as it may be: no more is read.
        """
        if self.status is None:
            raise Malformed("a body before its headers")
        self.received += size
        if not self.taken:
            self.body += data
            if self._content_length is not None and len(self.body) > self._content_length:
                raise Malformed("a body longer than its content-length")
        if last:
            self._require_complete()
        return self.received >= (MAX_RESPONSE if self.whole else MAX_FAILURE)

    def _require_complete(self) -> None:
        if self._content_length is None or len(self.body) == self._content_length:
            return
        if self.body or self.status not in _WITHOUT_CONTENT:
            raise Malformed("a body shorter than its content-length")
