"""A snapshot put in the place of what a server has on its disk."""

import shutil
from pathlib import Path


def replace_with_snapshot(folder: Path, snapshot: Path) -> None:
    """Let the server that works in the folder, and does not run, start with this snapshot as the
    base of its append-only log.
    """
    log = folder / "appendonlydir"
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir()
    shutil.copy(snapshot, log / "appendonly.aof.1.base.rdb")
    (log / "appendonly.aof.manifest").write_text("file appendonly.aof.1.base.rdb seq 1 type b\n", "utf-8")
