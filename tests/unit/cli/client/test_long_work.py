"""Progress of long work, and numbers that are typed before much is done."""

import io
import sys

import pytest

from pushgate.cli.client.command_errors import CommandError
from pushgate.cli.client.confirmation import confirm
from pushgate.cli.client.import_progress import CountingFile
from pushgate.cli.client.long_work import LongWork
from pushgate.cli.exit_codes import ExitCode


class Typed(io.StringIO):
    """A keyboard at which somebody types."""

    def isatty(self) -> bool:
        return True


def test_a_line_every_five_seconds_has_count_share_rate_and_time_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [0.0]
    work = LongWork("lines", lambda: now[0])
    for second in range(1, 12):
        now[0] = float(second)
        work.done(second * 1000, second / 20)
    work.close()
    first, second_line = capsys.readouterr().err.splitlines()
    assert first == "5,000 lines, 25.0%"
    assert second_line == "10,000 lines, 50.0%, 1,000/s, 10 s left"


def test_the_lines_of_a_file_are_foretold_by_those_that_were_read() -> None:
    text = b"0123456\n" * 1000
    file = CountingFile(io.BytesIO(text), len(text))
    assert file.expected_lines() is None
    file.read(800)
    assert file.expected_lines() == 1000
    pipe = CountingFile(io.BytesIO(text), None)
    pipe.read(800)
    assert pipe.expected_lines() is None


@pytest.mark.parametrize("typed", ["12403", "12,403", "12 403"])
def test_the_number_is_typed_with_or_without_separators(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Typed(typed + "\n"))
    confirm(12403, "Push to 12,403 terminals", yes=False)


@pytest.mark.parametrize("typed", ["", "yes", "12404"])
def test_another_answer_declines(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Typed(typed + "\n"))
    with pytest.raises(CommandError) as raised:
        confirm(12403, "Push to 12,403 terminals", yes=False)
    assert raised.value.code is ExitCode.DECLINED


def test_few_are_not_asked_about_and_nobody_is_asked_of_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    confirm(1000, "Push to 1,000 terminals", yes=False)
    confirm(10**6, "Push to 1,000,000 terminals", yes=True)
    with pytest.raises(CommandError, match="nobody is there"):
        confirm(1001, "Push to 1,001 terminals", yes=False)
