"""The files of deploy/ are what their tools take."""

from pathlib import Path

import pytest
from tests.support import promtool

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.mark.skipif(not promtool.find(), reason="promtool is not installed")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "--lint=all", "--lint-fatal", str(DEPLOY / "alerts.yml")),
        ("check", "config", "--syntax-only", str(DEPLOY / "prometheus.yml")),
    ],
)
async def test_prometheus_takes_the_files_made_for_it(arguments: tuple[str, ...]) -> None:
    assert await promtool.complaints(arguments) == ""
