"""One deployment for all tests of commands, as `make run` starts it, and a way to run commands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import Run
from tests.support.shared_systems import shared
from tests.support.system import CONTENT, System, running
from typer.testing import CliRunner, Result

from pushgate.cli.main import app

PHONES: list[dict[str, object]] = [
    {"id": "ann-phone", "vendor": "fcm", "token": "ann-1", "language": "en", "user": "ann", "tags": ["vip"]},
    {"id": "bao-phone", "vendor": "huawei", "token": "bao-1", "language": "zh-Hans", "user": "bao"},
]


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system with simulated phones that report."""
    folder = tmp_path_factory.mktemp("command_line")
    with shared("command line", running(folder, reports=True)) as system:
        yield system


@pytest.fixture
def folder(deployment: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a folder with the deployment's `.pushgate`, and no other settings."""
    for name in ("PUSHGATE_URL", "PUSHGATE_KEY", "PUSHGATE_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / ".pushgate").symlink_to(deployment.folder / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Runs a command in this process, in the folder."""
    del folder

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin, prog_name="pushgate")

    return run


@pytest.fixture(scope="session")
def message(deployment: System) -> str:
    """A message to two phones, that is sent."""
    deployment.import_terminals(PHONES)
    body = {"content": CONTENT, "audience": {"users": ["ann", "bao"]}}
    found: str = deployment.api.post("/v1/messages", json=body).raise_for_status().json()["id"]
    deployment.finished(found)
    return found
