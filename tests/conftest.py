"""What all tests share: hypothesis profiles, and a word on which Gearman servers are at hand."""

import os

from hypothesis import HealthCheck, settings

from pushgate.embedded.gearman import find_gearmand

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


def pytest_report_header() -> str:
    """A machine without gearmand runs the embedded server's tests only, and says so; in CI that is an error."""
    if find_gearmand():
        return "gearman servers: gear (embedded) and gearmand"
    if os.environ.get("CI"):
        raise RuntimeError("gearmand is missing: install the package gearman-job-server")
    return "gearman servers: gear (embedded) only; install gearmand to run its tests too"


def gearman_servers() -> list[str]:
    """The servers that tests run on."""
    return ["gear", "gearmand"] if find_gearmand() else ["gear"]
