"""Runs one measurement against nghttpd."""

import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.machine import machine, require_program
from bench.sender import write_files


def measure_in_folder(measure: Callable[[Path], None]) -> None:
    """Print where and when, and measure in a folder that has the files of nghttpd."""
    require_program("nghttpd")
    sys.stdout.write(f"{machine()}, {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n")
    with tempfile.TemporaryDirectory() as name:
        write_files(Path(name))
        measure(Path(name))
