"""The oldest build with the key space of this checkout, taken from the repository's history."""

import compileall
import io
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from pushgate.redis.key_space import KEY_SPACE_VERSION

ROOT = Path(__file__).parents[3]
COMMIT = "fd82973d14cc2f3454f3eb812fba769ebf7a020f"
"""A commit that had this version of the key space. With a further version it is the first one that
had that.
"""
VERSION = "0.0.1"
"""What the old build says of itself, so that it can be told from this checkout."""


def unpack(folder: Path) -> Path:
    """Write the packages of the old build into a folder; returns where they are imported from.

    Where the history lacks the commit, as in a shallow clone, this checkout stands in for it under
    the old build's version: processes are exchanged all the same, and their code is equal.
    """
    found = subprocess.run(
        ["git", "archive", "--format=tar", COMMIT, "src"], cwd=ROOT, capture_output=True, check=False
    )
    if found.returncode == 0:
        with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
            archive.extractall(folder, filter="data")
    else:
        sys.stderr.write(f"no commit {COMMIT[:12]} here (git fetch --unshallow): two equal builds\n")
        shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    source = folder / "src"
    known = f"\nKEY_SPACE_VERSION = {KEY_SPACE_VERSION}\n"
    assert known in _read(source, "redis/key_space.py"), "COMMIT must have this key space"
    return _as_other(source)


def copy(folder: Path) -> Path:
    """The packages of this checkout in a folder, as another installation of it that says another
    version of itself; returns where they are imported from.
    """
    source = folder / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    return _as_other(source)


def _as_other(source: Path) -> Path:
    named = re.sub(r'__version__ = "[^"]*"', f'__version__ = "{VERSION}"', _read(source, "__init__.py"))
    (source / "pushgate/__init__.py").write_text(named, "utf-8")
    compileall.compile_dir(source, quiet=2)  # once, instead of by each of the processes
    return source


def _read(source: Path, name: str) -> str:
    return (source / "pushgate" / name).read_text("utf-8")
