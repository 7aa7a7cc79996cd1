"""A process that is to stop ends, even where something hangs."""

import subprocess
import sys

_HANGS = """
import asyncio
from datetime import timedelta
from pushgate.runtime.shutdown import stop_on_signals

async def main():
    stop_on_signals(timedelta(milliseconds=50)).set()  # as a process does that must not go on with its store
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_process_that_stops_itself_ends_even_where_something_hangs() -> None:
    ended = subprocess.run([sys.executable, "-c", _HANGS], timeout=60, capture_output=True, check=False)
    assert ended.returncode == 1
    assert b"not tidied up in time" in ended.stdout + ended.stderr
