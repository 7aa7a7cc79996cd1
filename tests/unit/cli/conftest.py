"""Commands change the process that they run in: logging and the umask. Tests restore both."""

import logging
import os
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _restore_process() -> Iterator[None]:
    logger = logging.getLogger()
    configuration, handlers, level = structlog.get_config(), logger.handlers[:], logger.level
    umask = os.umask(0o022)
    os.umask(umask)
    yield
    structlog.configure(**configuration)
    logger.handlers[:] = handlers
    logger.setLevel(level)
    os.umask(umask)
