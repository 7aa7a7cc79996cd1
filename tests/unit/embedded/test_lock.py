"""One process at a time has a folder."""

import os
from pathlib import Path

import pytest

from pushgate.domain.errors import ConfigurationError
from pushgate.embedded.lock import lock_folder


def test_a_locked_folder_is_refused_with_the_remedy(tmp_path: Path) -> None:
    held = lock_folder(tmp_path / "lock")
    with pytest.raises(ConfigurationError, match="choose another folder") as caught:
        lock_folder(tmp_path / "lock", timeout=0)
    assert [error.field for error in caught.value.errors] == ["--data"]
    os.close(held)


def test_a_lock_ends_with_its_descriptor(tmp_path: Path) -> None:
    os.close(lock_folder(tmp_path / "lock"))
    os.close(lock_folder(tmp_path / "lock", timeout=0))


def test_children_inherit_the_descriptor_and_others_cannot_read_the_file(tmp_path: Path) -> None:
    held = lock_folder(tmp_path / "lock")
    assert os.get_inheritable(held)
    assert (tmp_path / "lock").stat().st_mode & 0o077 == 0
    os.close(held)
