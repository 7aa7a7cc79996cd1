"""The command line: help with examples, and faults told in one clear text."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pushgate import __version__
from pushgate.cli.main import app

runner = CliRunner()
COMMANDS = ["up", "api", "scheduler", "worker", "sandbox", "check", "keys create", "keys list", "keys revoke"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    result = runner.invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"pushgate {command}" in result.output


def test_the_version_is_told() -> None:
    assert runner.invoke(app, ["version"]).output.strip() == __version__


@pytest.mark.parametrize("command", ["api", "scheduler", "worker", "check", "up", "keys list"])
def test_a_bad_configuration_is_told_by_field_and_without_a_traceback(command: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text("[redis]\nulr = 'x'\n", "utf-8")
    result = runner.invoke(app, [*command.split(), "--config", str(file)])
    assert result.exit_code == 2
    assert "redis.ulr" in result.output
    assert "Traceback" not in result.output


def test_keys_are_made_for_known_apps_and_scopes_only(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("[apps.shop]\n", "utf-8")
    for arguments, told in (
        (["--app", "other"], "shop"),
        (["--app", "shop", "--scopes", "fly"], "push, read"),
    ):
        result = runner.invoke(app, ["keys", "create", "--config", str(file), *arguments])
        assert result.exit_code == 2
        assert told in result.output


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    result = runner.invoke(app, ["up", "--data", str(tmp_path / "file" / "data")])
    assert result.exit_code == 1
    assert "Not a directory" in result.output


def test_an_engine_out_of_reach_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("[redis]\nurl = 'redis://127.0.0.1:1/0'\n[apps.shop]\n", "utf-8")
    result = runner.invoke(app, ["keys", "list", "--config", str(file)])
    assert result.exit_code == 1
    assert "Redis does not answer" in result.output
    checked = runner.invoke(app, ["check", "--config", str(file)])
    assert checked.exit_code == 1
    assert "Redis does not answer" in checked.output
