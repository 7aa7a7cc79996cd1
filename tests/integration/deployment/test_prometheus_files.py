"""The files of deploy/ are valid for the tools that read them."""

from pathlib import Path

import pytest
from tests.support import promtool

DEPLOY = Path(__file__).parents[3] / "deploy"


@pytest.mark.skipif(not promtool.find(), reason="promtool is not installed")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "--lint=all", "--lint-fatal", str(DEPLOY / "alerts.yml")),
        ("check", "config", "--syntax-only", str(DEPLOY / "prometheus.yml")),
    ],
)
async def test_the_files_for_prometheus_are_valid(arguments: tuple[str, ...]) -> None:
    assert await promtool.complaints(arguments) == ""
