"""Lines of a stream come out whole and numbered, however the stream is cut."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.api.imports.lines import MAX_LINE, LineSplitter, NumberedLine


def split(*chunks: bytes) -> list[NumberedLine]:
    splitter = LineSplitter()
    found = [line for chunk in chunks for line in splitter.feed(chunk)]
    return found + list(splitter.end())


@given(st.lists(st.text("ab\n", max_size=6).map(str.encode), max_size=8))
def test_lines_do_not_depend_on_chunks(chunks: list[bytes]) -> None:
    expected = b"".join(chunks).split(b"\n")
    expected = expected if expected[-1] else expected[:-1]
    assert split(*chunks) == [NumberedLine(number, line) for number, line in enumerate(expected, 1)]


def test_a_byte_order_mark_is_dropped_once() -> None:
    assert [line.content for line in split(b"\xef\xbb", b"\xbfa\n\xef\xbb\xbfb")] == [b"a", b"\xef\xbb\xbfb"]


def test_a_line_that_is_too_long_is_numbered_and_left_out() -> None:
    long = b"x" * (MAX_LINE // 2 + 1)
    found = split(b"a\n", long, long, long, b"\nb\n", long + long + b"\nc\n" + long, long)
    assert [line.content for line in found] == [b"a", None, b"b", None, b"c", None]
    assert split(b"x" * MAX_LINE)[0].content is not None
