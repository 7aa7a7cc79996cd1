"""Structured logs: one line an event, with a stable `action`; never a secret, a push token or
content.
"""

import io
import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO, cast

import structlog


class _Stderr(io.TextIOBase):
    """Whatever standard error is at the moment of writing: loggers live longer than a redirection
    of it.
    """

    def write(self, text: str, /) -> int:
        """Write to it."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush it."""
        sys.stderr.flush()


class RateLimit:
    """Bounds lines that callers can cause.

    What is left out is counted, and the next line tells the count.
    """

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._second = -1
        self._lines = 0
        self._left_out = 0

    def take(self) -> int | None:
        """How many lines were left out since the last one; None when this line is to be left out,
        too.
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


def configure(level: str = "info", style: str = "json", process: str = "") -> None:
    """Send this process's logs to standard error, as JSON lines or for reading on a console."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )

    def name_process(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {**event, "process": process}

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        name_process,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
        cache_logger_on_first_use=True,
    )
    # Libraries that log by the standard library: only what an operator must know. httpx would log
    # every URL at INFO, and an APNs URL holds a push token.
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
    # Says at WARNING whenever an interval job is still at work when its next turn comes, which is
    # as intended.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _library(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A library's line, in the form of ours."""
    return {**event, "action": "library", "part": event.pop("logger")}


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose events carry the name of the part that speaks."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return logger
