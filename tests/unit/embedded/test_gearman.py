"""The command line of the embedded Gearman server."""

import sys
from pathlib import Path

import pytest

from pushgate.embedded.gearman import server_command


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="gear needs epoll")
def test_gear_runs_in_a_python_process() -> None:
    command = server_command("127.0.0.1", 4730, prefer_gear=True)
    assert command == (sys.executable, "-P", "-m", "pushgate.embedded.gear_server", "127.0.0.1", "4730")


def test_an_installed_gearmand_serves_functions_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gearmand = tmp_path / "gearmand"
    gearmand.write_text("#!/bin/sh\n", "utf-8")
    gearmand.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    command = server_command("127.0.0.1", 4730)
    assert command[0] == str(gearmand)
    assert command[1:5] == ("--listen", "127.0.0.1", "--port", "4730")
    assert "--round-robin" in command
