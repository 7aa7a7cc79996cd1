"""CPU time of the processes of this machine."""

import os
import socket
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from pushgate_client import types

_AFTER_NAME = 11
"""Where `utime` is in /proc/<pid>/stat, counted from behind the name; `stime` follows."""


def cpu_seconds(processes: Iterable[types.Process], machine: Path = Path("/proc")) -> dict[str, float]:
    """The CPU time so far of the living processes of this machine, by kind."""
    here, found = socket.gethostname(), defaultdict[str, float](float)
    for process in processes:
        if process["alive"] and process["host"] == here:
            try:
                line = (machine / str(process["pid"]) / "stat").read_text("utf-8")
            except OSError:  # it ended, or is in another container
                continue
            ticks = line.rpartition(")")[2].split()[_AFTER_NAME : _AFTER_NAME + 2]
            found[process["kind"]] += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return dict(found)
