"""`pushgate doctor` says what is wrong, and its report holds nothing that must stay secret."""

import json

import pytest
from tests.support.command_line import Run
from tests.support.system import System

from pushgate.cli.exit_codes import ExitCode

USER, TOKEN, TEXT, TERMINAL = "canary-user", "canary-token", "canary-text", "canary-terminal"


@pytest.fixture(scope="module")
def told(deployment: System) -> list[str]:
    """What the installation was told, and every secret in its files."""
    line: dict[str, object] = {"id": TERMINAL, "vendor": "fcm", "token": TOKEN, "user": USER}
    deployment.import_terminals([line])
    body = {"content": {"en": {"title": TEXT, "body": TEXT}}, "audience": {"users": [USER]}}
    sent = deployment.api.post("/v1/messages", json=body).raise_for_status().json()["id"]
    deployment.finished(sent)
    folder = deployment.folder / "data"
    files = [*folder.glob("*.key"), *(folder / "sandbox").glob("*.key"), *(folder / "sandbox").glob("*.p8")]
    lines = {line.strip() for file in files for line in file.read_text("utf-8").splitlines()}
    secrets = [line for line in lines if len(line) >= 8 and not line.startswith("-----")]
    names = json.loads((folder / "sandbox" / "names.json").read_text("utf-8"))
    return [USER, TOKEN, TEXT, TERMINAL, *secrets, *(v for k, v in names.items() if "secret" in k)]


def test_the_report_holds_no_secret_token_content_or_user(run: Run, told: list[str]) -> None:
    done = run("doctor", "--output", "-")
    report = json.loads(done.stdout)
    assert report["redis"]["servers"][0]["info"]["used_memory"] > 0
    assert report["gearman"]["up"]
    assert "pushgate_processes" in report["fleet"]["metrics"]
    assert report["fleet"]["processes"]
    assert report["settings"]["apps"]["demo"]["meizu"]["app_secret"] == "(left out)"
    assert len(told) > 10
    assert not [secret for secret in told if secret in done.stdout]


def test_the_findings_are_printed_and_the_report_is_in_a_file_of_its_owner(run: Run) -> None:
    done = run("doctor", "--output", "report.json")
    assert done.exit_code in (ExitCode.DONE, ExitCode.FAILED), done.output
    assert "The report is in report.json" in done.stdout


def test_without_redis_the_doctor_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSHGATE_REDIS__URL", "redis://:canary-password@127.0.0.1:9/0")
    done = run("doctor", "--output", "-")
    assert done.exit_code == ExitCode.FAILED
    assert "store_unreachable" in done.stdout
    assert "canary-password" not in done.stdout


def test_an_api_that_was_not_asked_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSHGATE_URL", "http://127.0.0.1:9")
    done = run("doctor", "--output", "report.json")
    assert "warning api_not_asked: the API was not asked" in done.stdout
    assert "nothing is wrong" not in done.stdout


def test_a_profile_that_is_not_known_is_refused(run: Run) -> None:
    done = run("doctor", "--profile", "nobody", "--output", "-")
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, ""), done.output
    assert "there is no profile nobody" in done.stderr
