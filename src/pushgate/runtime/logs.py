"""Structured logs: one line for each event, with a stable `action`.

Logs never contain secrets, push tokens or content of messages.
"""

import io
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import TextIO, cast

import structlog

from pushgate.runtime import log_context

_OUTAGE_SECONDS = 30.0


class _Stderr(io.TextIOBase):
    """Standard error as it is when a line is written: loggers outlive a redirection."""

    def write(self, text: str, /) -> int:
        """Write the text."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush standard error."""
        sys.stderr.flush()


class RateLimit:
    """Limits how many lines a second callers can cause.

    Lines beyond the limit are left out and counted; the next line logs the count.
    """

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._second = -1
        self._lines = 0
        self._left_out = 0

    def take(self) -> int | None:
        """How many lines were left out since the last line that was logged.

        Returns None where this line is to be left out, too.
        """
        now = int(self._clock())
        if now != self._second:
            self._second, self._lines = now, 0
        if self._lines >= self._per_second:
            self._left_out += 1
            return None
        self._lines += 1
        left_out, self._left_out = self._left_out, 0
        return left_out


class OutageFilter:
    """Lets one line of an outage through: each job, message and timer meets the same outage.

    A line of an outage has the field `outage`. Lines of the same engine within the next 30 s are
    left out and counted; the next line logs the count.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._logged_at: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()

    def __call__(self, _: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """Pass the event on, or drop it."""
        if not event.pop("outage", False):
            return event
        engine, now = "gearman" if "Gearman" in str(event.get("error")) else "redis", self._clock()
        logged_at = self._logged_at.get(engine)
        if logged_at is not None and now < logged_at + _OUTAGE_SECONDS:
            self._left_out[engine] += 1
            raise structlog.DropEvent
        self._logged_at[engine] = now
        left_out = self._left_out.pop(engine, 0)
        return {**event, "left_out": left_out} if left_out else event


def configure(level: str = "info", style: str = "json", process: str = "") -> None:
    """Send this process's logs to standard error.

    `style` is `json` for JSON lines, or `console` for people.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )

    def name_process(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {**event, "process": process}

    shared: list[structlog.typing.Processor] = [
        log_context.merge,
        name_process,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[OutageFilter(), *shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
        cache_logger_on_first_use=True,
    )
    # Libraries use the standard library's logging: only their warnings are logged. At INFO httpx
    # would log every URL, and URLs of APNs contain push tokens.
    handler = logging.StreamHandler(cast("TextIO", _Stderr()))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name, _library],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # APScheduler warns when an interval job still runs at its next turn, which is intended here.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _library(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Give a library's line the fields of Pushgate's own lines."""
    return {**event, "action": "library", "part": event.pop("logger")}


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose events carry the name of the part that logs them."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return logger
