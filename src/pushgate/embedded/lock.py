"""A lock on a folder, held through a file descriptor: it ends with the last process that has the descriptor."""

import fcntl
import os
import time
from pathlib import Path

from pushgate.domain.errors import ConfigurationError, FieldError

_PATIENCE = 10.0  # seconds


def hold(file: Path) -> int:
    """Lock the folder of this file; returns the descriptor, which children may inherit.

    Raises ConfigurationError when another process holds the lock.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(descriptor, True)
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A server that is just shutting down lets go in a moment.
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
            time.sleep(0.1)
        else:
            return descriptor
