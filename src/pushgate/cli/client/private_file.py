"""Writes files with keys and push tokens: only their owner may read them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def private_file(file: Path) -> Iterator[TextIO]:
    """Open a new file. It has its name, in place of what was there, once it is whole."""
    descriptor, made = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")  # has the mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
            yield opened
        Path(made).replace(file)
    except BaseException:  # after Ctrl-C, too, no part of a file stays
        Path(made).unlink(missing_ok=True)
        raise
