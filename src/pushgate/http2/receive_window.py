"""Flow control of received data: how much the peer may send on a connection (RFC 9113, 6.9)."""

from pushgate.http2 import frames
from pushgate.http2.frames import ErrorCode
from pushgate.http2.protocol_errors import ProtocolError
from pushgate.http2.results import MAX_RESPONSE

RECEIVE_WINDOW = 16 * 1024 * 1024
"""Bytes of responses that may be on their way or held, by connection."""
MAX_HELD = RECEIVE_WINDOW // 2
"""Bytes that unfinished responses may hold. The rest of the window serves all others."""
_MIN_INCREMENT = RECEIVE_WINDOW // 4
UPDATE_BELOW = RECEIVE_WINDOW - _MIN_INCREMENT
"""No WINDOW_UPDATE is due while the peer may send more bytes than this."""


class ReceiveWindow:
    """The connection's receive window."""

    def __init__(self) -> None:
        self.available = RECEIVE_WINDOW
        """Bytes of DATA that the peer may send now."""
        self.held = 0
        """Bytes that unfinished responses hold.
        They return to the window when their stream ends."""
        self._expected_late = 0

    def grant(self) -> bytes:
        """A WINDOW_UPDATE frame, or b"" while the peer has enough.
        Raises ProtocolError when it sent too much."""
        if self.available < 0:
            raise ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "more data than the window allows")
        increment = RECEIVE_WINDOW - self.held - self.available
        if increment < _MIN_INCREMENT:
            return b""
        self.available += increment
        return frames.window_update(0, increment)

    def expect_late_data(self, received: int) -> None:
        """A stream was reset after `received` bytes: the rest of its window may still arrive."""
        self._expected_late += max(0, MAX_RESPONSE - received)

    def count_late_data(self, size: int) -> None:
        """DATA arrived for a closed stream.
        Raises ProtocolError when it exceeds what resets left open."""
        self._expected_late -= size
        if self._expected_late < 0:
            raise ProtocolError(ErrorCode.STREAM_CLOSED, "data on streams that are over")
