"""How much the peer may send on a connection, less what unfinished answers hold (RFC 9113, 6.9)."""

from pushgate.http2 import frames
from pushgate.http2.frames import ErrorCode
from pushgate.http2.protocol_errors import ProtocolError
from pushgate.http2.results import MAX_RESPONSE

RECEIVE_WINDOW = 16 * 1024 * 1024
"""Bytes of answers that may be on their way, or held, on a connection."""
MAX_HELD = RECEIVE_WINDOW // 2
"""Bytes that unfinished answers may hold; the rest of the window is for all others."""
_GRAIN = RECEIVE_WINDOW // 4
UPDATE_BELOW = RECEIVE_WINDOW - _GRAIN
"""While the peer may send more than this, nothing is given back."""


class ReceiveWindow:
    """The connection's window on the client's side."""

    def __init__(self) -> None:
        self.credit = RECEIVE_WINDOW
        """Bytes of DATA that the peer may send now."""
        self.held = 0
        """Bytes that unfinished answers hold: given back when their stream ends."""
        self._late = 0

    def grant(self) -> bytes:
        """A WINDOW_UPDATE that lets the peer send on; empty while it has enough. Raises Violation."""
        if self.credit < 0:
            raise ProtocolError(ErrorCode.FLOW_CONTROL_ERROR, "more data than the window allows")
        room = RECEIVE_WINDOW - self.held - self.credit
        if room < _GRAIN:
            return b""
        self.credit += room
        return frames.window_update(0, room)

    def expect_late(self, received: int) -> None:
        """A stream that has received so much was given up: the rest of its window may still come."""
        self._late += max(0, MAX_RESPONSE - received)

    def take_late(self, size: int) -> None:
        """DATA came on a stream that is over. Raises Violation when no such stream has room left."""
        self._late -= size
        if self._late < 0:
            raise ProtocolError(ErrorCode.STREAM_CLOSED, "data on streams that are over")
