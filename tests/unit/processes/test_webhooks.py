"""The process that posts events."""

import os
from collections.abc import Coroutine

import pytest

from pushgate.processes import webhooks
from pushgate.settings.loading import parse
from pushgate.settings.model import Settings


def test_it_stands_back_before_it_does_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def run_process(_: Settings, kind: str, running: Coroutine[None, None, None]) -> None:
        running.close()
        steps.append(kind)

    monkeypatch.setattr(os, "nice", lambda by: steps.append(f"nice {by}"))
    monkeypatch.setattr(webhooks, "run_process", run_process)
    webhooks.run_webhooks(parse({}))
    assert steps == ["nice 10", "webhooks"]
