"""Windows of an import: their memory is known while they grow."""

import gc
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.support.apps import configured_app, configured_vendor

from pushgate.api.imports.formats import LineFormat
from pushgate.api.imports.lines import LineSplitter
from pushgate.api.imports.parsing import LineParser
from pushgate.api.imports.reading import LineReader, Window
from pushgate.domain.app import App

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LINES = 2_000


def read(lines: list[dict[str, object]]) -> Window:
    parser = LineParser(configured_app(App("shop"), {"xiaomi": configured_vendor("xiaomi")}))
    reader, splitter = LineReader(parser, LineFormat.NDJSON), LineSplitter()
    for line in lines:
        for numbered in splitter.feed(json.dumps(line, separators=(",", ":")).encode() + b"\n"):
            reader.read(numbered, NOW)
    return reader.window


@pytest.mark.parametrize(
    "more",
    [
        lambda n: {},
        lambda n: {"tags": [f"{chr(97 + k % 26)}{k}" for k in range(50)]},
        lambda n: {"attributes": {f"a{k}": (n * 32 + k) / 7 for k in range(32)}},
        lambda n: {"attributes": {f"attribute-{k}": f"value {n} {k}" for k in range(32)}},
        lambda n: {
            "token": f"{n:0400}",
            "user": f"user-{n}",
            "timezone": "Asia/Shanghai",
            "app_version": "1.2",
        },
    ],
    ids=["nothing", "tags", "numbers", "texts", "a long token"],
)
def test_a_window_takes_no_more_memory_than_it_says(more: Callable[[int], dict[str, object]]) -> None:
    def lines() -> list[dict[str, object]]:
        return [{"id": f"t{n}", "vendor": "xiaomi", "token": f"tokn{n}", **more(n)} for n in range(LINES)]

    made = lines()
    read(made[:10])  # what is loaded and remembered once
    gc.collect()
    tracemalloc.start()
    try:
        window = read(made)
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(window.terminals) == LINES, window.outcome.bad_lines[:1]
    assert taken < window.memory < 4 * taken
