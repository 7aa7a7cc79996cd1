"""Progress of long work: how far, how fast, how long yet. On stderr, a line that is overwritten in
a terminal, else a line every few seconds.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pushgate.cli.client.settling import Speed
from pushgate.cli.client.texts import duration, percent
from pushgate.cli.streams import can_overwrite

_DRAWN_EVERY = 0.2
_LINE_EVERY = 5.0


class LongWork:
    """Counts what is done of some work. `unit` is what is counted, such as `lines`."""

    def __init__(self, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._unit, self._clock = unit, clock
        self._moves = can_overwrite(sys.stderr)
        self._every = _DRAWN_EVERY if self._moves else _LINE_EVERY
        self._speed, self._last = Speed(), clock()

    def done(self, count: int, share: float | None = None) -> None:
        """Take how much is done, and which share that is of all, where that is known."""
        now = self._clock()
        if now - self._last < self._every:
            return
        self._last = now
        self._speed.observe(now, count)
        self._write(self._line(count, share))

    def close(self) -> None:
        """Leave the line that is overwritten."""
        if self._moves:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _line(self, count: int, share: float | None) -> str:
        rate = self._speed.per_second()
        parts = [f"{count:,} {self._unit}"]
        if share is not None:
            parts.append(percent(round(share * 1000), 1000))
        if rate:
            parts.append(f"{rate:,.0f}/s")
        if share and rate:
            parts.append(f"{duration(count * (1 - share) / share / rate)} left")
        return ", ".join(parts)

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{line}" if self._moves else f"{line}\n")
        sys.stderr.flush()


@contextmanager
def long_work(unit: str) -> Iterator[LongWork]:
    """Show the progress of the work within."""
    work = LongWork(unit)
    try:
        yield work
    finally:
        work.close()
