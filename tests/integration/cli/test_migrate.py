"""`pushgate migrate` over a store that version 2 wrote."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis as plain
from tests.support.engines import Engine
from tests.support.upgrade.recorded_store import FOLDER, load, read
from typer.testing import CliRunner, Result

from pushgate.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def url(valkey: Engine) -> str:
    """A database that only these tests use."""
    return valkey.url.replace("db=0", "db=9983")


@pytest.fixture
def pushgate(url: str, tmp_path: Path) -> Run:
    """Runs `pushgate` over the store of version 2."""
    with plain.Redis.from_url(url) as store:
        store.flushdb()
        load(store, read(FOLDER / "version-2-store.gz"))
    file = tmp_path / "pushgate.toml"
    file.write_text(f"[redis]\nurl = '{url}'\n[apps.shop]\nshards = 2\n", "utf-8")
    return lambda *arguments: CliRunner().invoke(app, [*arguments, "--config", str(file)])


def version(url: str) -> bytes | None:
    with plain.Redis.from_url(url) as store:
        found: bytes | None = store.hget("{q}:store", "version")
        return found


def test_the_store_is_refused_until_it_is_migrated(pushgate: Run, url: str) -> None:
    refused = pushgate("keys", "create", "--app", "shop")
    assert (refused.exit_code, "run `pushgate migrate`" in refused.stderr) == (2, True), refused.stderr
    dry = pushgate("migrate", "--dry-run")
    assert dry.stdout == "From version 2 to 3: 2 apps, 1,264 terminals, 6 large messages\n"
    assert version(url) == b"2"
    done = pushgate("migrate")
    lines = done.stdout.splitlines()
    assert lines[-1] == "The store has the key space of this version."
    assert [line for line in lines if line.startswith("shop, shard 1: rows: ")]
    assert version(url) == b"3"
    assert pushgate("keys", "create", "--app", "shop").exit_code == 0
    assert pushgate("migrate").stdout == "The store needs no migration.\n"


def test_a_store_of_a_later_version_is_left_alone(pushgate: Run, url: str) -> None:
    with plain.Redis.from_url(url) as store:
        store.hset("{q}:store", "version", "9999")
    refused = pushgate("migrate")
    assert (refused.exit_code, "run the version of Pushgate that wrote the store" in refused.stderr) == (
        2,
        True,
    )


def test_without_a_configuration_it_takes_that_of_what_up_runs_in_the_folder(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with plain.Redis.from_url(url) as store:
        store.flushdb()
    file = tmp_path / ".pushgate" / "run.toml"
    file.parent.mkdir()
    file.write_text(f"[redis]\nurl = '{url}'\n[apps.shop]\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["migrate", "--dry-run"])
    assert done.stdout == "The store needs no migration.\n", done.output
