"""What all tests share: hypothesis profiles, and a word on which Gearman servers are at hand."""

import os

import pytest
from hypothesis import HealthCheck, settings

from pushgate.embedded.gearman import find_gearmand

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


def pytest_sessionstart() -> None:
    """A machine without gearmand runs the embedded server's tests only; in CI that is an error."""
    if os.environ.get("CI") and not find_gearmand():
        raise pytest.UsageError("gearmand is missing: install the package gearman-job-server")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which Gearman servers the tests ran on."""
    if not find_gearmand():
        terminalreporter.write_line(
            "gearmand is not installed: jobs were tested with the embedded Gearman server alone", yellow=True
        )


def gearman_servers() -> list[str]:
    """The servers that tests run on."""
    return ["gear", "gearmand"] if find_gearmand() else ["gear"]
