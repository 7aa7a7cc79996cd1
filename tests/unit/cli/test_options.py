"""Options that several commands take."""

from pathlib import Path

import pytest

from pushgate.cli.options import running_configuration


def test_the_configuration_of_up_counts_where_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PUSHGATE_CONFIG", raising=False)
    assert running_configuration(None) is None
    file = Path(".pushgate/run.toml")
    file.parent.mkdir()
    file.touch()
    assert running_configuration(None) == file
    assert running_configuration(Path("shop.toml")) == Path("shop.toml")
    monkeypatch.setenv("PUSHGATE_CONFIG", "/etc/pushgate.toml")
    assert running_configuration(None) is None
