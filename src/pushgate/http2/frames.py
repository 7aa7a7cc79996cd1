"""HTTP/2 frames as bytes (RFC 9113, sections 4, 6 and 7): numbers, and the small frames that a client writes."""

import struct
from enum import IntEnum
from typing import Final

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA: Final = 0x0
HEADERS: Final = 0x1
PRIORITY: Final = 0x2
RST_STREAM: Final = 0x3
SETTINGS: Final = 0x4
PUSH_PROMISE: Final = 0x5
PING: Final = 0x6
GOAWAY: Final = 0x7
WINDOW_UPDATE: Final = 0x8
CONTINUATION: Final = 0x9

ACK: Final = 0x1
END_STREAM: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
WITH_PRIORITY: Final = 0x20

HEADER_TABLE_SIZE: Final = 0x1
ENABLE_PUSH: Final = 0x2
MAX_CONCURRENT_STREAMS: Final = 0x3
INITIAL_WINDOW_SIZE: Final = 0x4
MAX_FRAME_SIZE: Final = 0x5
MAX_HEADER_LIST_SIZE: Final = 0x6

FRAME_HEAD: Final = struct.Struct(">BHBBL")
"""Upper byte and lower two bytes of the length, type, flags, stream id."""
_SETTING: Final = struct.Struct(">HL")
_NUMBER: Final = struct.Struct(">L")
_GOAWAY: Final = struct.Struct(">LL")

DEFAULT_WINDOW: Final = 65_535
DEFAULT_FRAME_SIZE: Final = 16_384
DEFAULT_TABLE_SIZE: Final = 4_096
MAX_WINDOW: Final = 2**31 - 1
LAST_STREAM_ID: Final = 2**31 - 1


class ErrorCode(IntEnum):
    """Why a stream or a connection ends (RFC 9113, section 7)."""

    NO_ERROR = 0x0
    PROTOCOL_ERROR = 0x1
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4
    STREAM_CLOSED = 0x5
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7
    CANCEL = 0x8
    COMPRESSION_ERROR = 0x9
    CONNECT_ERROR = 0xA
    ENHANCE_YOUR_CALM = 0xB
    INADEQUATE_SECURITY = 0xC
    HTTP_1_1_REQUIRED = 0xD


def error_name(code: int) -> str:
    """The code's name; unknown ones stand for INTERNAL_ERROR (RFC 9113, section 7), with their number."""
    try:
        return ErrorCode(code).name
    except ValueError:
        return f"INTERNAL_ERROR ({code:#x})"


def head(length: int, kind: int, flags: int) -> bytes:
    """The first five bytes of a frame; the stream id follows them."""
    return length.to_bytes(3, "big") + bytes((kind, flags))


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A whole frame."""
    return head(len(payload), kind, flags) + _NUMBER.pack(stream) + payload


def settings(values: dict[int, int]) -> bytes:
    """A SETTINGS frame."""
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(*item) for item in values.items()))


def read_settings(payload: bytes) -> list[tuple[int, int]]:
    """The pairs of a SETTINGS frame, in order: a later one overrides an earlier one."""
    return list(_SETTING.iter_unpack(payload))


def number(payload: bytes) -> int:
    """The 31 bits that WINDOW_UPDATE carries, or the code of RST_STREAM."""
    value: int = _NUMBER.unpack(payload)[0]
    return value


def read_goaway(payload: bytes) -> tuple[int, int]:
    """The last stream id and the error code."""
    last, code = _GOAWAY.unpack_from(payload)
    return last & LAST_STREAM_ID, code


def goaway(code: ErrorCode) -> bytes:
    """A client's GOAWAY: it has processed no stream of the server's."""
    return frame(GOAWAY, 0, 0, _GOAWAY.pack(0, code))


def window_update(stream: int, increment: int) -> bytes:
    """Let the peer send this many bytes more."""
    return frame(WINDOW_UPDATE, 0, stream, _NUMBER.pack(increment))


def rst_stream(stream: int, code: ErrorCode) -> bytes:
    """End a stream at once."""
    return frame(RST_STREAM, 0, stream, _NUMBER.pack(code))
