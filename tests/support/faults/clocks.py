"""Clocks that can be set, by libfaketime. Monotonic clocks are left alone."""

import os
from collections.abc import Mapping
from pathlib import Path

_PATTERNS = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")


def find() -> Path | None:
    """The library, None where it is not installed (Debian: libfaketime)."""
    return next((found for pattern in _PATTERNS for found in Path("/").glob(pattern[1:])), None)


class SteppedClock:
    """The clock of a process, which is wrong by some seconds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    def set(self, seconds: float) -> None:
        """Set by how many seconds the clock is wrong. The process notices within a second."""
        # The file is replaced in one step, for the process may read it at any time.
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+.3f}\n")
        fresh.replace(self._file)

    def environment(self) -> Mapping[str, str]:
        """The environment to start a process with, so that it has this clock."""
        library = find()
        assert library, "libfaketime is not installed"
        return {
            **os.environ,
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
