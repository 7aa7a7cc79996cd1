"""Streams of terminals: what an import sends, and how an export is split into lines."""

import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate_client.lines import AsyncSource, LineSplitter, async_chunks, chunks, content_type

TERMINALS = [{"id": f"t{number}", "tags": ["a\u2028b"]} for number in range(1234)]


async def one_by_one() -> AsyncIterator[dict[str, object]]:
    for terminal in TERMINALS:
        yield dict(terminal)


def sources(folder: Path) -> Iterator[AsyncSource]:
    file = folder / "terminals.ndjson"
    file.write_text("".join(json.dumps(one) + "\n" for one in TERMINALS))
    yield file
    yield io.BytesIO(file.read_bytes())
    yield TERMINALS
    yield iter(TERMINALS)
    yield one_by_one()


async def test_every_source_is_sent_whole_in_several_chunks(tmp_path: Path) -> None:
    for source in sources(tmp_path):
        sent = [chunk async for chunk in async_chunks(source)]
        assert [json.loads(line) for line in b"".join(sent).splitlines()] == TERMINALS
        assert len(sent) > 1 or isinstance(source, Path | io.BytesIO)


def test_nothing_is_sent_of_no_terminals() -> None:
    assert b"".join(chunks([])) == b""


@pytest.mark.parametrize(
    ("source", "form", "expected"),
    [
        (Path("a.csv"), None, "text/csv"),
        (Path("a.CSV"), None, "text/csv"),
        (Path("a.jsonl"), None, "application/x-ndjson"),
        (Path("a.txt"), "csv", "text/csv"),
        ([], None, "application/x-ndjson"),
        (io.BytesIO(), "csv", "text/csv"),
    ],
)
def test_the_form_is_told_by_the_name_or_the_caller(
    source: AsyncSource, form: str | None, expected: str
) -> None:
    assert content_type(source, form) == expected


@pytest.mark.parametrize(("source", "form"), [(Path("a.txt"), None), (Path("a"), None), ([], "xml")])
def test_an_unknown_form_is_refused(source: AsyncSource, form: str | None) -> None:
    with pytest.raises(ValueError, match="form='csv'"):
        content_type(source, form)


LINES = st.text(st.characters(exclude_characters="\n", codec="utf-8"), min_size=1).filter(
    lambda line: line.encode().strip() != b""
)


@given(st.lists(LINES), st.integers(1, 9))
def test_lines_are_the_same_however_they_are_cut(lines: list[str], size: int) -> None:
    sent = "".join(f"{line}\n" for line in lines).encode()
    splitter = LineSplitter()
    parts = [sent[at : at + size] for at in range(0, len(sent), size)]
    assert [line.decode() for part in parts for line in splitter.split(part)] == lines
