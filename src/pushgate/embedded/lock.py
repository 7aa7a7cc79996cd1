"""A lock on a folder, held through a file descriptor.

The lock ends with the last process that has the descriptor.
"""

import fcntl
import os
import time
from pathlib import Path

from pushgate.domain.errors import ConfigurationError, FieldError

LOCK_TIMEOUT = 10.0
"""Seconds that a server which is shutting down gets to release its lock."""
_POLL_INTERVAL = 0.1


def lock_folder(file: Path, timeout: float = LOCK_TIMEOUT) -> int:
    """Lock the folder of this file. Returns the descriptor, which children may inherit.

    Raises ConfigurationError when another process still holds the lock after `timeout` seconds.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(descriptor, True)
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise ConfigurationError(
                    [
                        FieldError(
                            "--data",
                            f"{file.parent} is in use by another Pushgate; stop it, or choose another folder",
                        )
                    ]
                ) from None
            time.sleep(_POLL_INTERVAL)
        else:
            return descriptor
