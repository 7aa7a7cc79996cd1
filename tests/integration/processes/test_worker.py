"""A worker that could send nothing says so instead of running idle."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.engines import Engine


@pytest.mark.parametrize("vendors", ["", "vendors = ['fcm']"], ids=["no_app", "vendors_that_no_app_has"])
def test_a_worker_that_has_nothing_to_send_refuses_to_start(
    valkey: Engine, tmp_path: Path, vendors: str
) -> None:
    settings = "[apps.shop.xiaomi]\npackage = 'com.example'\napp_secret = 's'\n" if vendors else ""
    file = tmp_path / "p.toml"
    file.write_text(f"[redis]\nurl = '{valkey.url}'\n[worker]\n{vendors}\n{settings}", "utf-8")
    command = [sys.executable, "-m", "pushgate", "worker", "--config", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "there is nothing to send" in ended.stdout + ended.stderr
