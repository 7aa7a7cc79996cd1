"""Limits of what a peer's frames may cost:
work in one turn of the event loop, and frames without use.

Plain responses 200 are not counted: each ends a request and costs one or two microseconds.
"""

from pushgate.http2.frames import ErrorCode
from pushgate.http2.protocol_errors import ProtocolError

MAX_WORK_PER_TURN = 2048
"""Units of work, 2 to 4 microseconds each. The remaining bytes wait for the next turn."""
MAX_IDLE_FRAMES = 10_000
"""Small frames in a row without the end of a request:
PING, SETTINGS, empty DATA, interim responses."""
SMALL_FRAME = 1024
"""A frame with fewer bytes of payload counts as idle."""
_BYTES_PER_UNIT, _STREAMS_PER_UNIT = 16, 16


class WorkBudget:
    """Counts the work that a peer's bytes cause."""

    def __init__(self) -> None:
        self.work = 0
        """Units of work in this turn."""
        self._idle_frames = 0

    @property
    def exhausted(self) -> bool:
        """Whether this turn may do no more work."""
        return self.work >= MAX_WORK_PER_TURN

    def charge_frame(self, size: int) -> None:
        """Count a frame other than a plain 200. Raises ProtocolError after too many idle frames."""
        self.work += 1
        if size < SMALL_FRAME:
            self._idle_frames += 1
            if self._idle_frames > MAX_IDLE_FRAMES:
                raise ProtocolError(ErrorCode.ENHANCE_YOUR_CALM, "small frames without end, and no answer")

    def excuse_idle_frame(self) -> None:
        """The last frame was useful: do not count it as idle."""
        self._idle_frames -= 1

    def charge_streams(self, count: int) -> None:
        """Count the visit of this many streams for one frame."""
        self.work += count // _STREAMS_PER_UNIT

    def charge_header_block(self, size: int, fields: int) -> None:
        """Count the decoding of a header block of `size` bytes into `fields` fields."""
        self.work += fields + size // _BYTES_PER_UNIT

    def record_progress(self) -> None:
        """A request has ended: start counting idle frames anew."""
        self._idle_frames = 0
