"""Clocks that can be set: libfaketime between a process and its system clock. Time that only passes is left alone."""

import os
from collections.abc import Mapping
from pathlib import Path

_PLACES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")


def find() -> Path | None:
    """The library, where it is installed (Debian: libfaketime)."""
    return next((found for place in _PLACES for found in Path("/").glob(place[1:])), None)


class SteppedClock:
    """A process's clock, by how many seconds it is wrong."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    def set(self, seconds: float) -> None:
        """Set it; the process sees that within a moment."""
        # Replaced as a whole: the process reads it at any time.
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+.3f}\n")
        fresh.replace(self._file)

    def environment(self) -> Mapping[str, str]:
        """What a process with this clock is started with."""
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
