"""How commands end where something goes wrong."""

import json

import pytest
import typer

from pushgate.cli.client.command_errors import ended_tidily, exit_code, usage
from pushgate.cli.exit_codes import ExitCode
from pushgate_client import ConfigurationError, ConnectionFailed, PushgateError
from pushgate_client.errors import to_error


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ExitCode.INVALID),
        (401, ExitCode.UNAUTHORIZED),
        (403, ExitCode.UNAUTHORIZED),
        (404, ExitCode.NOT_FOUND),
        (409, ExitCode.CONFLICT),
        (412, ExitCode.CONFLICT),
        (413, ExitCode.INVALID),
        (418, ExitCode.FAILED),
        (422, ExitCode.INVALID),
        (429, ExitCode.UNAVAILABLE),
        (500, ExitCode.UNAVAILABLE),
        (503, ExitCode.UNAVAILABLE),
    ],
)
def test_a_refused_call_has_the_code_of_its_kind(status: int, code: ExitCode) -> None:
    assert exit_code(to_error(status, {}, b"{}")) is code


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (usage("no", "do this"), ExitCode.USAGE, "pushgate: no\n  do this\n"),
        (ConfigurationError("no address"), ExitCode.USAGE, "no address"),
        (
            ConnectionFailed("http://x: refused", may_be_done=False),
            ExitCode.UNAVAILABLE,
            "the call was not sent",
        ),
        (
            ConnectionFailed("http://x: cut", may_be_done=True),
            ExitCode.UNAVAILABLE,
            "the call may have been done",
        ),
        (ValueError("an id is empty"), ExitCode.USAGE, "an id is empty"),
        (FileNotFoundError(2, "No such file", "a.csv"), ExitCode.FAILED, "a.csv: No such file"),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "\n"),
    ],
)
def test_an_error_is_a_text_and_a_code(
    error: BaseException, code: ExitCode, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, ended_tidily():
        raise error
    assert ended.value.exit_code is code
    assert words in capsys.readouterr().err


def test_a_refusal_names_fields_and_hides_what_steers_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    problem = {"title": "Bad\x1b[2J", "errors": [{"field": "content.en.title", "message": "is required"}]}
    error: PushgateError = to_error(422, {"x-request-id": "r1"}, json.dumps(problem).encode())
    with pytest.raises(typer.Exit), ended_tidily():
        raise error
    shown = capsys.readouterr().err
    assert "\n  content.en.title: is required\n" in shown
    assert "\x1b" not in shown
    with pytest.raises(typer.Exit), ended_tidily(as_json=True):
        raise error
    found = json.loads(capsys.readouterr().err)["error"]
    assert (found["kind"], found["request_id"]) == ("invalid", "r1")
    assert found["errors"] == problem["errors"]
