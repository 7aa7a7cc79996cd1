"""Windows of an import: their memory is known while they grow."""

import gc
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.support.apps import configured_app, configured_vendor

from pushgate.api.imports.csv_rows import write_cells
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


@pytest.mark.parametrize(
    "attributes",
    [
        r'{"a": "\ud800"}',
        r'{"\ud800": 1}',
        '{"a": 1' + "0" * 30 + "}",
        '{"a": ' + "[" * 300 + "]" * 300 + "}",
        "[" * 5000,
    ],
    ids=["half a character", "half a character in a name", "a long number", "nested", "nested deeper"],
)
def test_a_cell_whose_json_cannot_be_written_fails_its_row_alone(attributes: str) -> None:
    parser = LineParser(configured_app(App("shop"), {"xiaomi": configured_vendor("xiaomi")}))
    reader, splitter = LineReader(parser, LineFormat.CSV), LineSplitter()
    text = (
        f"id,vendor,token,attributes\n{write_cells(['t1', 'xiaomi', 'tokn1', attributes])}t2,xiaomi,tokn2,\n"
    )
    for numbered in splitter.feed(text.encode()):
        reader.read(numbered, NOW)
    assert [terminal.id for terminal in reader.window.terminals] == ["t2"]
    assert [bad.line for bad in reader.window.outcome.bad_lines] == [2]
