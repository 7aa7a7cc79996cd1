"""Logs in the process of the tests: no test meets what another one configured."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import structlog


def keep_no_loggers() -> None:
    """Let no logger keep the configuration of its first line.

    A process keeps that for speed. Here the loggers of modules would stay those of the test that
    used them first: with its level, its stream and its filter of outages.
    """
    configure: Callable[..., None] = structlog.configure

    def configure_anew(**settings: Any) -> None:
        configure(**{**settings, "cache_logger_on_first_use": False})

    structlog.configure = configure_anew  # type: ignore[assignment]  # callers name their settings


def restored() -> Iterator[None]:
    """Give the process its logs back after a test: the body of a fixture."""
    root = logging.getLogger()
    settings, handlers, level = structlog.get_config(), root.handlers[:], root.level
    yield
    structlog.configure(**settings)
    root.handlers[:] = handlers
    root.setLevel(level)
