"""The benchmarks of whole processes run. Their figures are for quiet machines, so no test reads
them.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.http2.servers import program

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("benchmark", "needed", "rows"),
    [
        ("small", "nghttpd", ("single, 32 in flight", "| worker |", "FastAPI + one pipeline")),
        ("latency", "node", ("maximum:", "| idle system |", "| 80% of the maximum |")),
    ],
)
def test_a_quick_run_prints_each_figure(benchmark: str, needed: str, rows: tuple[str, ...]) -> None:
    program(needed)
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{benchmark}", "--quick"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    assert [row for row in rows if row not in done.stdout] == []
