"""The event that stops a process, and the limit on how long the process may take to stop."""

import asyncio
import os
import signal
import threading
from datetime import timedelta

from pushgate.runtime import logs

_log = logs.get("shutdown")


class StopEvent(asyncio.Event):
    """Set when the process is to stop. The process ends `limit` later, whatever it waits for.

    An engine that does not answer could hold the process for as long as there are results to write
    to it. Leases and the recovery of lost work make up for what was not written.
    """

    def __init__(self, limit: timedelta) -> None:
        super().__init__()
        self._limit = limit

    def set(self) -> None:
        """Stop the process."""
        if not self.is_set():
            timer = threading.Timer(self._limit.total_seconds(), _exit)
            timer.daemon = True
            timer.start()
        super().set()


def stop_on_signals(limit: timedelta) -> StopEvent:
    """An event that SIGTERM and SIGINT set. A process may set it by itself, too."""
    stop = StopEvent(limit)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _exit() -> None:
    _log.error("not tidied up in time", action="given_up")
    os._exit(1)
