"""Commands against a running system: what they print, how they end."""

import json
import re
import shlex
from functools import partial
from pathlib import Path

import pytest
from tests.support.command_line import EVERY_COMMAND, Run, examples_of
from tests.support.system import System
from tests.support.webhooks.receiver import receiving

from pushgate.cli.exit_codes import ExitCode
from pushgate.cli.main import PushgateCommands

NOBODY = "01a220e70f5203cf04901b52156681"
MINE = {command.name for command in PushgateCommands.sections["On the server's machine"]}
BY_API = [name for name in EVERY_COMMAND if name.split()[1] not in MINE]
ELSEWHERE = ("events --follow", "pushgate profiles", "--config", "keys revoke", "pushgate load")
"""Examples that other tests run."""
FIRST = ("put",)
LAST = ("delete", "remove", "revoke", "rotate")
CSV = "id,vendor,token\ncy,fcm,cy-1\n"


def test_the_demo_needs_no_settings_and_ends_by_itself(run: Run) -> None:
    result = run("demo")
    assert result.exit_code == 0, result.output
    assert "pending" not in result.stdout.splitlines()[-1]
    assert "targeted" in result.stdout


def test_send_shows_the_plan_and_watch_ends_with_the_figures(run: Run, message: str) -> None:
    del message
    result = run(
        "send", "--content", "en:Sale:Today", "--content", "zh:特卖:今天", "--to", "user:bao", "--watch"
    )
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith("1 terminal, at ")
    assert "targeted 1 = accepted 1" in result.stdout


def test_watch_prints_results_as_json_until_the_message_is_sent(run: Run, message: str) -> None:
    result = run("watch", message, "--json")
    last = json.loads(result.stdout.splitlines()[-1])
    assert (last["id"], last["status"], last["pending"], last["targeted"]) == (message, "sent", 0, 2)


def test_a_plan_stores_nothing(run: Run, message: str) -> None:
    before = run("messages", "list", "--json").stdout
    planned = run("send", "--title", "a", "--body", "b", "--to", "user:ann", "--plan", "--json")
    assert json.loads(planned.stdout)["total"] == 1
    assert run("messages", "list", "--json").stdout == before
    assert message in before


def test_a_message_comes_from_a_file_and_options_on_top(run: Run, message: str) -> None:
    body = {"content": {"en": {"title": "Sale", "body": "Today"}}, "options": {"ttl": 60, "priority": "high"}}
    arguments = ["--file", "-", "--to", "user:ann", "--ttl", "90", "--url", "https://shop.example/", "--json"]
    sent = run("send", *arguments, stdin=json.dumps(body))
    assert sent.exit_code == 0, sent.output
    shown = json.loads(sent.stdout)
    assert shown["content"]["en"]["url"] == "https://shop.example/"
    assert (shown["options"]["ttl"], shown["options"]["priority"]) == (90, "high")
    assert shown["id"] != message


def test_the_same_idempotency_key_sends_nothing_twice(run: Run, message: str) -> None:
    arguments = ["--title", "a", "--body", "b", "--to", "user:ann", "--idempotency-key", message, "--json"]
    first, second = (json.loads(run("send", *arguments).stdout)["id"] for _ in range(2))
    assert first == second != message


def test_many_messages_are_sent_once_each_and_refused_ones_are_named(run: Run, message: str) -> None:
    del message
    content = {"en": {"title": "Order", "body": "On its way"}}
    good = [json.dumps({"content": content, "audience": {"users": [user]}}) for user in ("ann", "bao")]
    lines = "\n".join([*good, "", '{"content": {}}']) + "\n"
    arguments = ["send-many", "-", "--name", "orders"]
    first = run(*arguments, stdin=lines)
    assert first.exit_code == ExitCode.PARTLY_FAILED
    assert first.stdout.startswith("2 messages sent\nline 4: ")
    sent = [json.loads(line) for line in run(*arguments, "--json", stdin=lines).stdout.splitlines()]
    again = [json.loads(line) for line in run(*arguments, "--json", stdin=lines).stdout.splitlines()]
    assert [one["line"] for one in sent] == [1, 2, 4]
    assert [one["message"]["id"] for one in sent[:2]] == [one["message"]["id"] for one in again[:2]]


def test_a_scheduled_message_is_moved_and_cancelled(run: Run, message: str) -> None:
    del message
    arguments = ["--title", "a", "--body", "b", "--to", "user:ann", "--escalate", "10m:next_terminal"]
    sent = run("send", *arguments, "--at", "+3h", "--json")
    assert json.loads(sent.stdout)["escalate"][0]["after"] == "10m"
    scheduled = json.loads(sent.stdout)
    later = scheduled["id"]
    moved = run("messages", "reschedule", later, "+4h", "--json")
    assert json.loads(moved.stdout)["push_time"] > scheduled["push_time"]
    assert later in run("messages", "list", "--status", "scheduled").stdout
    assert run("messages", "pause", later).stdout.startswith(f"{later}  paused, expires ")
    assert run("messages", "resume", later).stdout == f"{later}  scheduled\n"
    texts = ("--content", "en:Order {{ values.order }}:b", "--personal", "--value", "order=A-17")
    changed = json.loads(run("messages", "change", later, *texts, "--json").stdout)
    assert (changed["content"]["en"]["title"], changed["values"]) == (
        "Order {{ values.order }}",
        {"order": "A-17"},
    )
    run("template", "put", "plain-order", "--content", "en:Order:b")
    fallen = run("messages", "change", later, "--fallback-template", "plain-order", "--json")
    assert json.loads(fallen.stdout)["fallback"]["en"]["title"] == "Order"
    assert run("messages", "change", later, "--value", "order=B-2").stdout.startswith(f"{later}  scheduled\n")
    assert run("messages", "cancel", later).stdout == f"{later}  cancelled before it began\n"
    assert json.loads(run("messages", "show", later, "--json").stdout)["status"] == "cancelled"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["send", "--title", "a"], ExitCode.USAGE, "--title and --body go together"),
        (["send", "--title", "a", "--body", "b"], ExitCode.USAGE, "to whom?"),
        (["send", "--to", "user:ann"], ExitCode.USAGE, "what?"),
        (["send", "--nonsense"], ExitCode.USAGE, "No such option"),
        (
            ["send", "--title", "a", "--body", "b", "--to", "user:ann", "--at", "20:00"],
            ExitCode.USAGE,
            "no zone",
        ),
        (["send", "--title", "", "--body", "b", "--where", '{"tga": 1}'], ExitCode.INVALID, "audience.tga"),
        (["who", NOBODY, "--state", "sad"], ExitCode.INVALID, "state"),
        (["messages", "show", NOBODY], ExitCode.NOT_FOUND, "not_found"),
        (["watch", NOBODY], ExitCode.NOT_FOUND, "not_found"),
        (["terminals", "show", "nobody"], ExitCode.NOT_FOUND, "not_found"),
        (["audience", "show", "nobody"], ExitCode.NOT_FOUND, "not_found"),
        (["template", "get", "nothing"], ExitCode.NOT_FOUND, "not_found"),
        (["template", "get", "welcome@x"], ExitCode.USAGE, "NAME@VERSION"),
        (["template", "put", "welcome"], ExitCode.USAGE, "what?"),
        (["messages", "change", NOBODY], ExitCode.USAGE, "what?"),
        (["results", NOBODY, "--profile", "nope"], ExitCode.USAGE, "no profile nope"),
        (["terminals", "import", "/nowhere.csv"], ExitCode.FAILED, "/nowhere.csv"),
        (["terminals", "import", "file.txt"], ExitCode.USAGE, "--form csv"),
        (["who", NOBODY, "--csv", "--json"], ExitCode.USAGE, "exclude each other"),
    ],
)
def test_exit_codes_tell_what_went_wrong(run: Run, arguments: list[str], code: ExitCode, words: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, words in result.stderr) == (code, True), result.output
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_more_exit_codes(run: Run, message: str, deployment: System, monkeypatch: pytest.MonkeyPatch) -> None:
    conflict = run("messages", "reschedule", message, "+1h")
    assert conflict.exit_code == ExitCode.CONFLICT, conflict.output
    monkeypatch.setenv("PUSHGATE_URL", str(deployment.api.base_url))
    monkeypatch.setenv("PUSHGATE_KEY", "pg_0123456789ab_" + "0" * 48)
    refused = run("messages", "list")
    assert refused.exit_code == ExitCode.UNAUTHORIZED
    assert "the key is that of http://" in refused.stderr
    monkeypatch.setenv("PUSHGATE_URL", "http://127.0.0.1:9")
    silent = run("messages", "list")
    assert (silent.exit_code, "does Pushgate run at http://127.0.0.1:9 (PUSHGATE_URL)?" in silent.stderr) == (
        ExitCode.UNAVAILABLE,
        True,
    )


def test_an_error_is_a_document_where_json_is_wanted(run: Run) -> None:
    result = run("send", "--title", "", "--body", "b", "--where", '{"tga": 1}', "--json")
    error = json.loads(result.stderr)["error"]
    assert (error["exit_code"], error["kind"], error["code"]) == (3, "invalid", "invalid_request")
    assert "audience.tga" in [fault["field"] for fault in error["errors"]]
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        *("messages list", "messages show MESSAGE", "results MESSAGE", "who MESSAGE"),
        *("terminals list --user ann", "terminals show ann-phone", "terminals export -"),
        *("terminals why ann-phone", "terminals why ann-phone --message MESSAGE"),
        *("audience count --all", "audience list", "status", "apps list", "apps show demo", "keys list"),
        *("template list", "template put hello --content en:Hello:World", "template preview hello@1"),
        *("template get hello", "audit", "events", "webhooks list", "profiles list"),
    ],
)
def test_json_is_all_that_is_printed(run: Run, message: str, arguments: str) -> None:
    words = arguments.replace("MESSAGE", message).split()
    result = run(*words) if "export" in words else run(*words, "--json")
    assert result.exit_code == 0, result.output
    for line in result.stdout.splitlines():
        json.loads(line)


def test_who_is_a_table_for_spreadsheets(run: Run, message: str) -> None:
    lines = run("who", message, "--csv").stdout.splitlines()
    assert lines[0].startswith("terminal,token,user,vendor")
    assert sorted(line.split(",")[0] for line in lines[1:]) == ["ann-phone", "bao-phone"]
    assert run("who", message, "--state", "failed").stderr == "no terminal is failed\n"


def test_keys_are_made_listed_rotated_and_revoked_by_api(run: Run) -> None:
    made = run("keys", "create", "--app", "demo", "--scopes", "read", "--name", "till", "--expires-in", "90d")
    key_id = made.stdout.split("_")[1]
    listed = next(line for line in run("keys", "list").stdout.splitlines() if key_id in line)
    assert "till" in listed
    assert "until" in listed
    assert run("keys", "rotate", key_id, "--overlap", "0s").stdout != made.stdout
    assert run("keys", "revoke", key_id).exit_code == 0
    assert key_id not in run("keys", "list").stdout
    assert run("keys", "rotate", key_id).exit_code == ExitCode.NOT_FOUND
    assert f"key.revoked  {key_id}" in run("audit", "--app", "demo", "--target", key_id).stdout


def test_a_profile_holds_the_keys_of_an_app_and_of_the_operator(
    run: Run, deployment: System, folder: Path
) -> None:
    url = str(deployment.api.base_url)
    data = deployment.folder / "data"
    (folder / ".pushgate").unlink()
    for name in ("demo", "operator"):
        key = (data / f"{name}.key").read_text("utf-8")
        added = run("profiles", "add", "here", "--url", url, stdin=key)
        assert added.exit_code == 0, added.output
    (listed,) = map(json.loads, run("profiles", "list", "--json").stdout.splitlines())
    assert listed == {"name": "here", "url": url.rstrip("/"), "keys": ["app", "operator"], "current": True}
    assert "demo" in run("apps", "list").stdout
    assert run("messages", "list", "--profile", "here").exit_code == 0
    refused = run("profiles", "add", "other", "--url", url, stdin="pg_0123456789ab_" + "0" * 48)
    assert refused.exit_code == ExitCode.UNAUTHORIZED


def test_every_example_runs(run: Run, message: str, folder: Path) -> None:
    (folder / "terminals.csv").write_text(CSV, "utf-8")
    (folder / "terminals.ndjson").write_text('{"id": "cy", "vendor": "fcm", "token": "cy-1"}\n', "utf-8")
    body = {"content": {"en": {"title": "Sale", "body": "Today"}}}
    (folder / "message.json").write_text(json.dumps(body), "utf-8")
    (folder / "messages.ndjson").write_text(json.dumps({**body, "audience": {"users": ["ann"]}}), "utf-8")
    (folder / "welcome.json").write_text(json.dumps(body), "utf-8")
    run("audience", "save", "lapsed", "--to", "tag:vip")
    run("template", "put", "welcome", "--content", "en:Hello:World")
    key = run("keys", "create", "--app", "demo").stdout
    with receiving() as receiver:
        webhook = json.loads(run("webhooks", "create", receiver.url, "--json").stdout)["id"]
        own = {
            NOBODY: message,
            "01a223c2be58100000000001010000": message,
            "5e0c1f9a7b21": webhook,
            "3f9a61c0be42": key.split("_")[1],
            "https://shop.example/push-events": receiver.url,
            " shop": " demo",
        }
        # What stores comes first, what deletes and revokes last.
        names = sorted(
            BY_API, key=lambda name: (name.split()[-1] in LAST, name.split()[-1] not in FIRST, name)
        )
        failures = [
            (example, result.exit_code, result.stderr)
            for name in names
            for example in map(partial(replaced, own), examples_of(name))
            if not any(part in example for part in ELSEWHERE)
            and (result := run(*arguments_of(example), stdin=CSV)).exit_code not in (0, ExitCode.CONFLICT)
        ]
    assert failures == []


def replaced(own: dict[str, str], example: str) -> str:
    """The example with ids that there are."""
    for shown, real in own.items():
        example = example.replace(shown, real)
    return example


def arguments_of(example: str) -> list[str]:
    """The arguments of the command, without what a shell makes of its input and output."""
    arguments = shlex.split(re.split(r" [|<>] ", example)[0])[1:]
    return [*arguments, "--yes"] if arguments[0] == "send" else arguments
