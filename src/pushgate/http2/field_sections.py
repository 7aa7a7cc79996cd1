"""Header sections of responses: decoded, bounded and validated (RFC 7541; RFC 9113, 8.2 and 8.3)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hpack import Decoder, HPACKError, OversizedHeaderListError

from pushgate.http2.frames import ErrorCode
from pushgate.http2.protocol_errors import Malformed, ProtocolError
from pushgate.http2.work_budget import WorkBudget

MAX_SECTION = 16 * 1024
"""Bytes of a header section, encoded and decoded; decoded, each field adds 32 (RFC 9113, 6.5.2)."""
MAX_FIELDS = 128
_MOST_DECODED = MAX_SECTION // 32  # fields, after which the decoder gives up
_MOST_KEPT, _LONGEST_KEPT = 64, 1024
_FIELD_COSTS = 256  # bytes that a field takes in memory, beside its text
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_BAD_VALUE = re.compile(rb"[\0\r\n]")
_OUTER_WHITESPACE = b" \t"
"""Removed, though RFC 9113, 8.2.1 forbids it: too many servers send it, and curl and Envoy take it."""
_STATUS = re.compile(rb"[1-9][0-9]{2}")
_LENGTH = re.compile(r"[0-9]{1,18}")
_OF_CONNECTIONS = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")
)


@dataclass(frozen=True, slots=True)
class FieldSection:
    """A valid header section. Names are in lower case; values of one name are joined by commas."""

    status: int | None
    """None in trailers."""
    headers: Mapping[str, str]
    length: int | None
    """The content-length, where there is one."""
    size: int
    """Bytes of memory, about."""


class FieldSectionDecoder:
    """Decodes header blocks.

    The dynamic table has size 0: blocks share no state, so any of them may be skipped.
    """

    def __init__(self, effort: WorkBudget) -> None:
        self._effort = effort
        self._decoder = Decoder(MAX_SECTION)
        self._decoder.header_table_size = self._decoder.max_allowed_table_size = 0
        self._kept: dict[bytes, FieldSection] = {}

    def decode(self, block: bytes) -> FieldSection:
        """The fields of a block. Raises Malformed, and Violation when it cannot be decoded."""
        section = self._kept.get(block)  # failures often share theirs, byte for byte
        if section is None:
            section = _validated(self._fields(block))
            if len(block) <= _LONGEST_KEPT:
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[block] = section
        return section

    def _fields(self, block: bytes) -> list[tuple[bytes, bytes]]:
        if len(block) > MAX_SECTION:
            raise Malformed("a header section that is too large")
        try:
            fields = [(bytes(name), bytes(value)) for name, value in self._decoder.decode(block, raw=True)]
        except OversizedHeaderListError as error:
            self._effort.take_block(len(block), _MOST_DECODED)
            raise Malformed("a header section that is too large") from error
        except HPACKError as error:
            raise ProtocolError(
                ErrorCode.COMPRESSION_ERROR, "a header section that cannot be decoded"
            ) from error
        self._effort.take_block(len(block), len(fields))
        if len(fields) > MAX_FIELDS:
            raise Malformed(f"more than {MAX_FIELDS} header fields")
        return fields


def _validated(fields: Iterable[tuple[bytes, bytes]]) -> FieldSection:
    """Raises Malformed (RFC 9113, 8.1.1)."""
    status: int | None = None
    headers: dict[str, str] = {}
    size = 0
    for raw_name, raw_value in fields:
        if raw_name.startswith(b":"):
            if headers or status is not None:
                raise Malformed("a pseudo-header field that comes twice, or after other fields")
            status = _status(raw_name, raw_value)
            continue
        _require_field(raw_name, raw_value)
        name, value = str(raw_name, "latin-1"), str(raw_value.strip(_OUTER_WHITESPACE), "latin-1")
        size += len(name) + len(value) + _FIELD_COSTS
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    length = headers.get("content-length")
    if length is not None and not _LENGTH.fullmatch(length):
        raise Malformed("a content-length that is not a number")
    return FieldSection(status, headers, None if length is None else int(length), size)


def _status(name: bytes, value: bytes) -> int:
    if name != b":status":
        raise Malformed("a pseudo-header field other than :status")
    if not _STATUS.fullmatch(value):
        raise Malformed("a status that is not a number of three digits")
    return int(value)


def _require_field(name: bytes, value: bytes) -> None:
    if not _NAME.fullmatch(name):
        raise Malformed("an invalid field name")
    if name in _OF_CONNECTIONS:
        raise Malformed("a field of HTTP/1.1 connections")
    if _BAD_VALUE.search(value):
        raise Malformed("a field value with CR, LF or NUL")
