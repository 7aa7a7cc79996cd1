"""Protocol violations by the peer, and the checks that find them (RFC 9113)."""

from pushgate.http2 import frames
from pushgate.http2.frames import ErrorCode

_MAX_SETTINGS = 32


class ProtocolError(Exception):
    """A connection error: the connection ends with this code (RFC 9113, 5.4.1)."""

    def __init__(self, code: ErrorCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class MalformedResponse(Exception):
    """The response is malformed: its stream ends with PROTOCOL_ERROR (RFC 9113, 8.1.1)."""


def without_padding(flags: int, payload: bytes) -> bytes:
    """The payload of HEADERS or DATA without its padding. Raises ProtocolError."""
    if not flags & frames.PADDED:
        return payload
    if not payload:
        raise ProtocolError(ErrorCode.FRAME_SIZE_ERROR, "no length of the padding")
    if payload[0] >= len(payload):
        raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "more padding than frame")
    return payload[1 : len(payload) - payload[0]]


def require_payload_size(payload: bytes, size: int, name: str) -> None:
    """Raises ProtocolError when the payload of the frame called `name` has another size."""
    if len(payload) != size:
        raise ProtocolError(ErrorCode.FRAME_SIZE_ERROR, f"{name} of a wrong size")


def parse_settings(payload: bytes) -> dict[int, int]:
    """The settings of a SETTINGS frame; a later value of a setting replaces an earlier one.

    Raises ProtocolError for a bad size or value (RFC 9113, 6.5).
    """
    if len(payload) % 6:
        raise ProtocolError(ErrorCode.FRAME_SIZE_ERROR, "SETTINGS of a wrong size")
    if len(payload) > 6 * _MAX_SETTINGS:
        raise ProtocolError(ErrorCode.ENHANCE_YOUR_CALM, "too many settings")
    pairs = frames.read_settings(payload)
    for setting, value in pairs:
        _check_setting(setting, value)
    return dict(pairs)


def _check_setting(setting: int, value: int) -> None:
    """Raises ProtocolError for a value that the setting cannot have (RFC 9113, 6.5.2)."""
    if setting == frames.ENABLE_PUSH and value:
        raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "a server cannot enable push")
    if setting == frames.INITIAL_WINDOW_SIZE and value > frames.MAX_WINDOW:
        raise ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "a window larger than allowed")
    if setting == frames.MAX_FRAME_SIZE and not frames.DEFAULT_FRAME_SIZE <= value < 2**24:
        raise ProtocolError(ErrorCode.PROTOCOL_ERROR, "MAX_FRAME_SIZE out of its bounds")
