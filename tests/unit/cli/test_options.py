"""Options that several commands take."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pushgate.cli.main import app
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


@pytest.mark.parametrize(
    "command",
    [
        ["backup", "--output", "copy"],
        ["restore", "list"],
        ["restore", "resume", "--send"],
        ["migrate", "--dry-run"],
        ["doctor"],
        ["receipts"],
        ["receipts", "keys"],
        ["receipts", "rotate"],
        ["secrets", "reseal"],
        ["console", "link"],
        ["alive"],
    ],
)
def test_commands_that_look_at_what_runs_read_the_configuration_of_up(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PUSHGATE_CONFIG", raising=False)
    (tmp_path / "pushgate.toml").write_text("of the next start =", "utf-8")
    (tmp_path / ".pushgate").mkdir()
    (tmp_path / ".pushgate/run.toml").write_text("of what runs =", "utf-8")
    result = CliRunner().invoke(app, command)
    assert result.exit_code != 0
    assert ".pushgate/run.toml" in result.output, result.output
