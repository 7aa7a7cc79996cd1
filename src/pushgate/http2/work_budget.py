"""Limits of what a peer costs: work in one turn of the event loop, and frames that answer nothing.

Plain 200s are not counted: each of them ends a request, and costs a microsecond or two.
"""

from pushgate.http2.frames import ErrorCode
from pushgate.http2.protocol_errors import ProtocolError

MAX_WORK_PER_TURN = 2048
"""Units of work, 2 to 4 microseconds each. After them the rest waits for the next turn."""
MAX_IDLE_FRAMES = 10_000
"""Small frames between two ends of requests: PING, SETTINGS, empty DATA, interim responses."""
SMALL_FRAME = 1024
"""Bytes from which on a frame is worth its cost."""
_BYTES_A_UNIT, _STREAMS_A_UNIT = 16, 16


class WorkBudget:
    """Counts the work that a peer's bytes make."""

    def __init__(self) -> None:
        self.work = 0
        """Units of work in this turn."""
        self._idle = 0

    @property
    def spent(self) -> bool:
        """Whether this turn has had its share."""
        return self.work >= MAX_WORK_PER_TURN

    def take_frame(self, size: int) -> None:
        """A frame has come that is no plain 200. Raises Violation when such frames do not end."""
        self.work += 1
        if size < SMALL_FRAME:
            self._idle += 1
            if self._idle > MAX_IDLE_FRAMES:
                raise ProtocolError(ErrorCode.ENHANCE_YOUR_CALM, "small frames without end, and no answer")

    def useful(self) -> None:
        """The last frame was of use: it counts as work alone."""
        self._idle -= 1

    def visit(self, streams: int) -> None:
        """So many streams were looked at for one frame."""
        self.work += streams // _STREAMS_A_UNIT

    def take_block(self, size: int, fields: int) -> None:
        """A header block of so many bytes was decoded to so many fields."""
        self.work += fields + size // _BYTES_A_UNIT

    def progress(self) -> None:
        """A request has come to its end."""
        self._idle = 0
