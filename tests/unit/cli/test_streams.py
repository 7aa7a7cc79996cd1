"""What stdout and stderr can show."""

import io
import sys

import pytest

from pushgate.cli.streams import accept_all_texts, can_overwrite


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("kind", "expected"), [("xterm", True), ("dumb", False), ("", False), ("unknown", False)]
)
def test_a_terminal_without_a_cursor_gets_lines(
    kind: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", kind)
    assert can_overwrite(Screen()) is expected
    assert not can_overwrite(io.StringIO())


def test_a_pipe_gets_utf_8_whatever_the_locale_is(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    accept_all_texts()
    sys.stdout.write("特卖")
    sys.stdout.flush()
    assert written.getvalue() == "特卖".encode()
