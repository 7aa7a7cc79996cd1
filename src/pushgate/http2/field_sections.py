"""Field sections of responses: decoded, bounded and validated (RFC 7541; RFC 9113, 8.2 and 8.3)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hpack import Decoder, HPACKError, OversizedHeaderListError

from pushgate.http2.frames import ErrorCode
from pushgate.http2.protocol_errors import MalformedResponse, ProtocolError
from pushgate.http2.work_budget import WorkBudget

MAX_SECTION = 16 * 1024
"""Bytes of a field section, encoded and decoded; decoded, each field adds 32 (RFC 9113, 6.5.2)."""
MAX_FIELDS = 128
_MAX_DECODED_FIELDS = MAX_SECTION // 32  # the decoder gives up after so many
_MAX_CACHED_BLOCKS, _MAX_CACHED_BLOCK_SIZE = 64, 1024
_FIELD_MEMORY = 256  # bytes of memory that a field takes beside its text
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_BAD_VALUE = re.compile(rb"[\0\r\n]")
_OUTER_WHITESPACE = b" \t"
"""Removed, though RFC 9113, 8.2.1 forbids it. Many servers send it; curl and Envoy accept it."""
_STATUS = re.compile(rb"[1-9][0-9]{2}")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CONNECTION_SPECIFIC = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")
)


@dataclass(frozen=True, slots=True)
class FieldSection:
    """A valid field section. Names are in lower case; values of one name are joined by commas."""

    status: int | None
    """None in trailers."""
    headers: Mapping[str, str]
    content_length: int | None
    memory: int
    """Approximate bytes of memory."""


class FieldSectionDecoder:
    """Decodes header blocks.

    The dynamic table has size 0: blocks share no state, so any of them may be skipped.
    """

    def __init__(self, budget: WorkBudget) -> None:
        self._budget = budget
        self._decoder = Decoder(MAX_SECTION)
        self._decoder.header_table_size = self._decoder.max_allowed_table_size = 0
        self._cache: dict[bytes, FieldSection] = {}

    def decode(self, block: bytes) -> FieldSection:
        """Decode and validate a block.
        Raises MalformedResponse, or ProtocolError when it cannot be decoded."""
        section = self._cache.get(block)  # failures often share their block, byte for byte
        if section is None:
            section = _validated(self._fields(block))
            if len(block) <= _MAX_CACHED_BLOCK_SIZE:
                if len(self._cache) >= _MAX_CACHED_BLOCKS:
                    self._cache.clear()
                self._cache[block] = section
        return section

    def _fields(self, block: bytes) -> list[tuple[bytes, bytes]]:
        if len(block) > MAX_SECTION:
            raise MalformedResponse("a header section that is too large")
        try:
            fields = [(bytes(name), bytes(value)) for name, value in self._decoder.decode(block, raw=True)]
        except OversizedHeaderListError as error:
            self._budget.charge_header_block(len(block), _MAX_DECODED_FIELDS)
            raise MalformedResponse("a header section that is too large") from error
        except HPACKError as error:
            raise ProtocolError(
                ErrorCode.COMPRESSION_ERROR, "a header section that cannot be decoded"
            ) from error
        self._budget.charge_header_block(len(block), len(fields))
        if len(fields) > MAX_FIELDS:
            raise MalformedResponse(f"more than {MAX_FIELDS} header fields")
        return fields


def _validated(fields: Iterable[tuple[bytes, bytes]]) -> FieldSection:
    """Raises MalformedResponse (RFC 9113, 8.1.1)."""
    status: int | None = None
    headers: dict[str, str] = {}
    memory = 0
    for raw_name, raw_value in fields:
        if raw_name.startswith(b":"):
            if headers or status is not None:
                raise MalformedResponse("a pseudo-header field that comes twice, or after other fields")
            status = _parse_status(raw_name, raw_value)
            continue
        _require_valid_field(raw_name, raw_value)
        name, value = str(raw_name, "latin-1"), str(raw_value.strip(_OUTER_WHITESPACE), "latin-1")
        memory += len(name) + len(value) + _FIELD_MEMORY
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    length = headers.get("content-length")
    if length is not None and not _LENGTH.fullmatch(length):
        raise MalformedResponse("a content-length that is not a number")
    return FieldSection(status, headers, None if length is None else int(length), memory)


def _parse_status(name: bytes, value: bytes) -> int:
    if name != b":status":
        raise MalformedResponse("a pseudo-header field other than :status")
    if not _STATUS.fullmatch(value):
        raise MalformedResponse("a status that is not a number of three digits")
    return int(value)


def _require_valid_field(name: bytes, value: bytes) -> None:
    if not _NAME.fullmatch(name):
        raise MalformedResponse("an invalid field name")
    if name in _CONNECTION_SPECIFIC:
        raise MalformedResponse("a field of HTTP/1.1 connections")
    if _BAD_VALUE.search(value):
        raise MalformedResponse("a field value with CR, LF or NUL")
