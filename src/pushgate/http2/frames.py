"""HTTP/2 frames as bytes: constants, and frames that a client writes (RFC 9113, 4, 6 and 7)."""

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

FRAME_HEADER: Final = struct.Struct(">BHBBL")
"""Upper byte and lower two bytes of the length, type, flags, stream id (RFC 9113, 4.1)."""
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
    """The name of an error code. An unknown code counts as INTERNAL_ERROR (RFC 9113, section 7)."""
    try:
        return ErrorCode(code).name
    except ValueError:
        return f"INTERNAL_ERROR ({code:#x})"


def header_start(length: int, kind: int, flags: int) -> bytes:
    """The first five bytes of a frame header. The stream id follows them."""
    return length.to_bytes(3, "big") + bytes((kind, flags))


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A complete frame."""
    return header_start(len(payload), kind, flags) + _NUMBER.pack(stream) + payload


def settings(values: dict[int, int]) -> bytes:
    """A SETTINGS frame."""
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(*item) for item in values.items()))


def read_settings(payload: bytes) -> list[tuple[int, int]]:
    """The pairs of a SETTINGS frame, in order. A later pair overrides an earlier one."""
    return list(_SETTING.iter_unpack(payload))


def read_uint32(payload: bytes) -> int:
    """The number that WINDOW_UPDATE or RST_STREAM carries."""
    value: int = _NUMBER.unpack(payload)[0]
    return value


def read_goaway(payload: bytes) -> tuple[int, int]:
    """The last stream id and the error code of a GOAWAY frame."""
    last, code = _GOAWAY.unpack_from(payload)
    return last & LAST_STREAM_ID, code


def goaway(code: ErrorCode) -> bytes:
    """A client's GOAWAY. Its last stream id is 0: the client processes no stream of the server."""
    return frame(GOAWAY, 0, 0, _GOAWAY.pack(0, code))


def window_update(stream: int, increment: int) -> bytes:
    """Allow the peer to send `increment` more bytes."""
    return frame(WINDOW_UPDATE, 0, stream, _NUMBER.pack(increment))


def rst_stream(stream: int, code: ErrorCode) -> bytes:
    """Reset a stream."""
    return frame(RST_STREAM, 0, stream, _NUMBER.pack(code))
