"""Fifteen seconds of faults. `make soak-http2` runs half an hour."""

import subprocess
import sys
from pathlib import Path

from tests.support.http2.servers import program

ROOT = Path(__file__).parents[3]


def test_trouble_loses_no_request_and_leaks_nothing() -> None:
    program("nghttpd")
    done = subprocess.run(
        [sys.executable, "-m", "bench.soak", "--seconds", "15"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "'200'" in done.stdout
    assert "'NoResponse'" in done.stdout
