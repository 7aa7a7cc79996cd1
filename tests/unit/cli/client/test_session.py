"""A command's session, and options that would have no effect."""

import httpx
import pytest
from typer.testing import CliRunner

from pushgate.cli.client.output import Output
from pushgate.cli.client.server import Server
from pushgate.cli.client.session import Session, open_client
from pushgate.cli.client.watch import watch
from pushgate.cli.exit_codes import ExitCode
from pushgate.cli.main import app
from pushgate_client import ConnectionFailed, Pushgate

NOWHERE = Server(url="http://127.0.0.1:1", key="pg_app", source="PUSHGATE_URL")
TEXTS = ["--title", "a", "--body", "b"]


def test_a_command_that_goes_on_names_the_same_server_and_is_quoted() -> None:
    with open_client(NOWHERE) as pushgate:
        found = Session(pushgate, Output(json=False), NOWHERE, "prod")
        assert found.command("watch", "a b") == "pushgate watch 'a b' --profile prod"


def test_a_refusal_without_a_key_says_where_one_is_given() -> None:
    assert "PUSHGATE_KEY" in Server(url="http://push", key="", source="PUSHGATE_URL").key_words


def test_a_watch_that_ends_early_says_that_the_message_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/results"):
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={"id": "m", "push_time": None})

    http = httpx.Client(transport=httpx.MockTransport(answer))
    with Pushgate(NOWHERE.url, NOWHERE.key, max_attempts=1, http=http) as pushgate:
        found = Session(pushgate, Output(json=True), NOWHERE, "prod")
        with pytest.raises(ConnectionFailed):
            watch(found, "m")
    assert capsys.readouterr().err == "the message goes on; see: pushgate watch m --profile prod\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["send", *TEXTS, "--all", "--plan", "--watch"], "--plan sends nothing"),
        (["send", *TEXTS, "--all", "--plan", "--idempotency-key", "k"], "--plan sends nothing"),
        (["send", "--content", "en:a:b", "--language", "fr", "--all"], "--language is that of --title"),
        (["send", *TEXTS, "--all", "--options", ""], "--options is not JSON"),
        (["terminals", "why", "t", "--message", "m", "--ask-vendor"], "leave out --message"),
    ],
)
def test_options_that_would_have_no_effect_are_refused(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUSHGATE_URL", NOWHERE.url)
    monkeypatch.setenv("PUSHGATE_KEY", NOWHERE.key)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == ExitCode.USAGE
    assert words in result.stderr
