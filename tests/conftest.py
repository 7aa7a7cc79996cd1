"""What all tests share: hypothesis profiles, how processes share out the tests, and a word on
programs that are not at hand.
"""

import functools
import gc
import os
import signal
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from pushgate.embedded.gearman import find_gearmand

pytest.register_assert_rewrite("tests.support")  # before the first import of shared code

from tests.support import (  # noqa: E402
    generators,
    maven,
    process_logs,
    promtool,
    redis_options,
    tls_redis,
)
from tests.support.console import browser  # noqa: E402
from tests.support.distribution import WholeFiles  # noqa: E402
from tests.support.faults import clocks  # noqa: E402
from tests.support.shared_systems import end_after  # noqa: E402

# A key is checked when it is read: a tenth of a second for RSA, and tests open thousands of
# adapters with the same few keys. Set before the first import of a module that reads keys.
serialization.load_pem_private_key = functools.cache(  # type: ignore[assignment]  # same calls
    serialization.load_pem_private_key
)

process_logs.keep_no_loggers()

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


restored_logs = pytest.fixture(process_logs.restored, autouse=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of this suite."""
    redis_options.add_option(parser)
    parser.addoption(
        "--redis-user", default="", help="the user of deploy/redis/users.acl that `redis` is a client of"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the run's options leave out."""
    redis_options.leave_out(config, items)


def pytest_configure() -> None:
    """A shell lets what it runs in the background ignore SIGINT, and with it every process that a
    test starts and interrupts.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionstart() -> None:
    """A machine without gearmand or libfaketime leaves out the tests that need them;
    in CI that is an error."""
    if os.environ.get("CI"):
        if not find_gearmand():
            raise pytest.UsageError("gearmand is missing: install the package gearman-job-server")
        if not tls_redis.find():
            raise pytest.UsageError("redis-server is missing: install the package redis-server")
        if not clocks.find():
            raise pytest.UsageError("libfaketime is missing: install the package libfaketime")
        if not promtool.find():
            raise pytest.UsageError("promtool is missing: install the package prometheus")
        if not browser.find():
            raise pytest.UsageError("chromium is missing: install the package chromium")
        if not maven.find():
            raise pytest.UsageError("Maven or javac is missing: install maven and default-jdk-headless")
        if not generators.find():
            raise pytest.UsageError("generators of clients are missing: install npm, then run make test")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> WholeFiles:
    """Share out whole files among processes that run beside each other."""
    return WholeFiles(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """End the systems that no further test shares, after the fixtures of the last test."""
    yield
    end_after(item, nextitem)


def pytest_collection_finish() -> None:
    """Modules and collected tests stay to the end: the garbage collector need not visit them."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which Gearman servers the tests ran on."""
    if not find_gearmand():
        terminalreporter.write_line(
            "gearmand is not installed: jobs were tested with the embedded Gearman server alone", yellow=True
        )
    if not clocks.find():
        terminalreporter.write_line("libfaketime is not installed: no test set a clock", yellow=True)
    if not generators.find():
        terminalreporter.write_line(
            "the generators of clients are missing (npm, `make test`): not all clients were tested",
            yellow=True,
        )
    if not maven.find():
        terminalreporter.write_line(
            "Maven is not installed: the Android sample was not compiled", yellow=True
        )
    if not browser.find():
        terminalreporter.write_line("chromium is not installed: the console was tested without", yellow=True)
    if not promtool.find():
        terminalreporter.write_line("promtool is not installed: metrics were not checked by it", yellow=True)
