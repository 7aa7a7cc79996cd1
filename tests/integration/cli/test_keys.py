"""`pushgate keys` on a real store."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.engines import Engine
from typer.testing import CliRunner, Result

from pushgate.cli.main import app

Run = Callable[..., Result]


@pytest.fixture
def run(valkey: Engine, tmp_path: Path) -> Run:
    """Runs `pushgate keys` on a store that only these tests use."""
    file = tmp_path / "pushgate.toml"
    file.write_text(f"[redis]\nurl = '{valkey.url.replace('db=0', 'db=9999')}'\n[apps.shop]\n", "utf-8")

    def run(command: str, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["keys", command, *arguments, "--config", str(file)])

    return run


def test_a_key_lives_from_its_creation_to_its_end(run: Run) -> None:
    limits = ["--expires-in", "90d", "--network", "10.0.0.0/8", "--rate-limit", "20"]
    made = run("create", "--app", "shop", "--scopes", "push,terminals:write", "--name", "till", *limits)
    assert made.exit_code == 0, made.output
    key_id = made.output.split("_")[1]
    (line,) = [line for line in run("list").output.splitlines() if key_id in line]
    for part in ("shop", "push,terminals:write", "never used", "expires ", "from 10.0.0.0/8", "20/s", "till"):
        assert part in line
    rotated = run("rotate", key_id, "--overlap", "15m").output
    assert re.fullmatch(rf"pg_{key_id}_[0-9a-f]{{48}}\n", rotated)
    assert rotated != made.output
    assert run("revoke", key_id).exit_code == 0
    assert key_id not in run("list").output
    assert run("rotate", key_id).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["--app", "other"], "the configuration has: shop"),
        (["--app", "shop", "--network", "10.1.0.0/8"], "write 10.0.0.0/8"),
        (["--app", "shop", "--expires-in", "soon"], "such as 90s"),
        (["--app", "shop", "--rate-limit", "0"], "1"),
        (["--app", "shop", "--name", "a\nb"], "one line"),
    ],
)
def test_a_bad_option_is_reported_with_the_remedy(run: Run, arguments: list[str], remedy: str) -> None:
    result = run("create", *arguments)
    assert result.exit_code == 2
    assert remedy in result.output


def test_the_audit_log_has_what_commands_did(run: Run, valkey: Engine, tmp_path: Path) -> None:
    made = run("create", "--app", "shop", "--name", "till")
    key_id = made.output.split("_")[1]
    run("revoke", key_id)
    file = tmp_path / "pushgate.toml"
    shown = CliRunner().invoke(app, ["audit", "--app", "shop", "--target", key_id, "--config", str(file)])
    assert shown.exit_code == 0, shown.output
    created, revoked = shown.output.splitlines()
    assert re.fullmatch(
        rf"\S+ \S+  shop  key\.created  {key_id}  pushgate keys create  -  name=till scopes=push.*",
        created,
    )
    assert "key.revoked" in revoked
    assert "pushgate keys revoke" in revoked
