"""`pushgate backup` copies the store, and `pushgate restore` tells what waits in a copy."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as blocking
from tests.support.engines import Engine, tcp_redis
from tests.support.redis_files import replace_with_snapshot
from typer.testing import CliRunner, Result

from pushgate.cli.exit_codes import ExitCode
from pushgate.cli.main import app


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = tcp_redis(tmp_path_factory.mktemp("copied")).start()
    with blocking.Redis.from_url(engine.url) as client:
        client.set("known", "x" * 100_000)
    yield engine
    engine.stop()


def config_of(url: str, folder: Path) -> str:
    file = folder / "pushgate.toml"
    file.write_text(f"[redis]\nurl = '{url}'\n[apps.shop]\n", "utf-8")
    return str(file)


def run(server: Engine, folder: Path, *words: str, user: str = "") -> Result:
    url = server.url.replace("redis://", f"redis://{user}:any@") if user else server.url
    return CliRunner().invoke(app, [*words, "--config", config_of(url, folder)])


def test_a_copy_has_everything_and_its_mark(server: Engine, tmp_path: Path) -> None:
    done = run(server, tmp_path, "backup", "--json", "--output", str(tmp_path / "copies"))
    assert done.exit_code == 0, done.output
    (copied,) = json.loads(done.stdout)["servers"]
    file = Path(copied["file"])
    assert copied["server"] == server.url.removeprefix("redis://").removesuffix("/0")
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    assert (file.stat().st_size, file.stat().st_mode & 0o777) == (copied["bytes"], 0o600)
    with blocking.Redis.from_url(server.url) as client:
        assert not client.exists("{q}:backup"), "the store itself has no mark any more"
        assert b"backup.made" in client.xrevrange("{q}:audit:", count=1)[0][1][b"e"]
    copy = tcp_redis(tmp_path / "copy")
    replace_with_snapshot(copy.log.parent, file)
    copy.start()
    try:
        with blocking.Redis.from_url(copy.url) as client:
            assert client.get("known") == b"x" * 100_000
            assert client.exists("{q}:backup")
        listed = run(copy, tmp_path, "restore", "list", "--json")
        assert json.loads(listed.stdout)["hold"]["reason"] == "backup"
        lines = run(copy, tmp_path, "restore", "list").stdout.splitlines()
        assert lines[0].startswith("0 API keys and the settings of apps are as they were at")
        ended = run(copy, tmp_path, "restore", "resume", "--cancel")
        assert ended.stdout.splitlines() == ["no messages", "nothing waits any more"]
        assert json.loads(run(copy, tmp_path, "restore", "list", "--json").stdout) == {"hold": None}
    finally:
        copy.stop()


def test_without_a_folder_the_server_writes_its_snapshot(server: Engine, tmp_path: Path) -> None:
    file = server.log.parent / "dump.rdb"
    for _ in range(2):
        done = run(server, tmp_path, "backup", "--json")
        assert done.exit_code == 0, done.output
        (copied,) = json.loads(done.stdout)["servers"]
        assert (copied["file"], copied["bytes"]) == (str(file), None)
        assert b"known" in file.read_bytes()
        file.unlink()


@pytest.mark.parametrize(
    ("refused", "words", "hint"),
    [
        ("-sync", ["--output", "copies"], "does not allow SYNC"),
        ("-bgsave", [], "does not allow BGSAVE"),
        ("-config", [], ""),
    ],
)
def test_a_server_that_does_not_allow_it_says_so(
    server: Engine, tmp_path: Path, refused: str, words: list[str], hint: str
) -> None:
    with blocking.Redis.from_url(server.url) as client:
        client.acl_setuser("limited", True, True, keys=["*"], commands=["+@all", refused], reset=True)
    words = [str(tmp_path / word) if word == "copies" else word for word in words]
    done = run(server, tmp_path, "backup", *words, user="limited")
    assert done.exit_code == (ExitCode.FAILED if hint else 0), done.output
    assert (hint or "the server does not tell") in done.output
    assert not list(tmp_path.glob("copies/*"))
    with blocking.Redis.from_url(server.url) as client:
        assert not client.exists("{q}:backup")


def test_a_store_that_is_not_held_has_nothing_to_decide(server: Engine, tmp_path: Path) -> None:
    assert "not held" in run(server, tmp_path, "restore", "list").stdout
    refused = run(server, tmp_path, "restore", "resume", "--cancel", "--json")
    assert refused.exit_code == ExitCode.CONFLICT, refused.output
    error = json.loads(refused.stderr)["error"]
    assert (error["exit_code"], error["kind"]) == (ExitCode.CONFLICT, "conflict")
    assert "the store is not held" in error["message"]


@pytest.mark.parametrize("words", [[], ["--send", "--cancel"]])
def test_one_decision_is_given(server: Engine, tmp_path: Path, words: list[str]) -> None:
    refused = run(server, tmp_path, "restore", "resume", *words)
    assert refused.exit_code == ExitCode.USAGE
    assert "one of --send, --cancel and --mark-sent" in refused.output


def test_an_unreachable_store_is_told_as_json_too(tmp_path: Path) -> None:
    file = config_of("redis://127.0.0.1:9/0", tmp_path)
    done = CliRunner().invoke(app, ["backup", "--json", "--config", file])
    assert (done.exit_code, done.stdout) == (ExitCode.UNAVAILABLE, ""), done.output
    assert json.loads(done.stderr)["error"]["kind"] == "unavailable"


def test_a_copy_that_takes_too_long_leaves_nothing(server: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    with blocking.Redis.from_url(server.url) as client:
        client.config_set("rdb-key-save-delay", 1_500_000)  # us
        try:
            done = run(server, tmp_path, "backup", "--output", str(folder), "--timeout", "1")
        finally:
            client.config_set("rdb-key-save-delay", 0)
        assert (done.exit_code, "raise --timeout" in done.stderr) == (ExitCode.FAILED, True), done.output
        assert "never retrieved" not in done.output
        assert not list(folder.iterdir())
        assert not client.exists("{q}:backup")
