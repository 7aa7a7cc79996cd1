"""Start a process: logs and event loop first, and a log line once the process is ready."""

import gc
import signal
from collections.abc import Coroutine
from datetime import timedelta

import uvloop

from pushgate.runtime import logs
from pushgate.settings.model import Settings

GRACE_PERIOD = timedelta(seconds=20)
"""How long the API and the scheduler may take for the work in hand when they stop."""
CLEANUP_LIMIT = timedelta(seconds=10)
"""How long a process may take for everything that comes after the work in hand."""
_log = logs.get("process")


def run_process(settings: Settings, kind: str, main: Coroutine[object, object, None]) -> None:
    """Run the process until it ends."""
    # A SIGHUP that comes during the start is kept until `reloading` handles it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    logs.configure(settings.log.level, settings.log.format, kind)
    uvloop.run(main)


def report_ready(kind: str, **fields: str) -> None:
    """Log that the process is ready."""
    # All present objects live until the end, so the garbage collector need not scan them again.
    gc.collect()
    gc.freeze()
    _log.info(f"{kind} ready", action="ready", **fields)
