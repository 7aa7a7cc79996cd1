"""The state of a stream that needs more than its tag (RFC 9113, sections 5 and 8).

A stream whose request is written and whose response may be a plain 200 has no such object.
"""

from collections.abc import Mapping
from typing import Final, Generic

from pushgate.http2.events import Tag
from pushgate.http2.field_sections import FieldSection
from pushgate.http2.protocol_errors import MalformedResponse
from pushgate.http2.results import MAX_FAILURE, MAX_RESPONSE, Response

_SWITCHING_PROTOCOLS: Final = 101
_MIN_FINAL_STATUS: Final = 200
_WITHOUT_CONTENT: Final = (204, 304)


class Stream(Generic[Tag]):
    """A request with an unsent body, or a response of which more than the status 200 is kept."""

    __slots__ = (
        "_content_length",
        "_headers_size",
        "body",
        "full_response",
        "headers",
        "received",
        "send_window",
        "status",
        "tag",
        "unsent_body",
    )

    def __init__(self, tag: Tag, *, full_response: bool, status: int | None = None) -> None:
        self.tag = tag
        self.full_response = full_response
        self.status = status
        self.headers: Mapping[str, str] = {}
        self.body = bytearray()
        self.received = 0
        """Bytes of the stream's receive window that are used up."""
        self.unsent_body: memoryview | None = None
        self.send_window = 0
        """Bytes of the body that the peer accepts now. Negative after it reduced its window."""
        self._content_length: int | None = None
        self._headers_size = 0

    @property
    def succeeded(self) -> bool:
        """Whether a 200 came for a request that wants only the status: the rest is not kept."""
        return self.status == 200 and not self.full_response

    @property
    def held_bytes(self) -> int:
        """Bytes of memory that the response holds."""
        return len(self.body) + self._headers_size

    def response(self) -> Response:
        """The response as far as it has come."""
        return Response(self.status or 0, self.headers, bytes(self.body))

    def receive_section(self, section: FieldSection, *, ends_stream: bool) -> None:
        """Take an interim (1xx) or final header section, or trailers. Raises MalformedResponse."""
        if self.status is not None:
            if section.status is not None or not ends_stream:
                raise MalformedResponse("trailers with a status, or before the end")
        elif section.status is None or section.status == _SWITCHING_PROTOCOLS:
            raise MalformedResponse("a response without a status, or with status 101")
        elif section.status < _MIN_FINAL_STATUS:
            if ends_stream:
                raise MalformedResponse("an interim response that ends the stream")
            return
        else:
            self.status = section.status
            if not self.succeeded:
                self.headers, self._content_length = section.headers, section.content_length
                self._headers_size = section.memory
        if ends_stream:
            self._require_complete_body()

    def receive_data(self, data: bytes, size: int, *, ends_stream: bool) -> bool:
        """Take a part of the body, `size` bytes with its padding. Raises MalformedResponse.

        Returns whether the body has reached its limit, so that no more is to be read.
        """
        if self.status is None:
            raise MalformedResponse("a body before its headers")
        self.received += size
        if not self.succeeded:
            self.body += data
            if self._content_length is not None and len(self.body) > self._content_length:
                raise MalformedResponse("a body longer than its content-length")
        if ends_stream:
            self._require_complete_body()
        return self.received >= (MAX_RESPONSE if self.full_response else MAX_FAILURE)

    def _require_complete_body(self) -> None:
        if self._content_length is None or len(self.body) == self._content_length:
            return
        if self.body or self.status not in _WITHOUT_CONTENT:
            raise MalformedResponse("a body shorter than its content-length")
