"""`pushgate keys create --config` makes the first key, in a real store."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.engines import Engine
from typer.testing import CliRunner, Result

from pushgate.apps.api_key import ApiKey
from pushgate.cli.main import app
from pushgate.processes.administration import open_api_keys
from pushgate.processes.configuration import load

Run = Callable[..., Result]


@pytest.fixture
def config(valkey: Engine, tmp_path: Path) -> Path:
    """A configuration with a store that only these tests use."""
    file = tmp_path / "pushgate.toml"
    file.write_text(f"[redis]\nurl = '{valkey.url.replace('db=0', 'db=9999')}'\n[apps.shop]\n", "utf-8")
    return file


@pytest.fixture
def create(config: Path) -> Run:
    """Runs `pushgate keys create --config`."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["keys", "create", *arguments, "--config", str(config)])

    return run


def test_the_first_key_is_made_with_its_limits(create: Run, config: Path) -> None:
    limits = ["--expires-in", "90d", "--network", "10.0.0.0/8", "--rate-limit", "20"]
    made = create("--app", "shop", "--scopes", "push,terminals:write", "--name", "till", *limits)
    assert made.exit_code == 0, made.output
    assert re.fullmatch(r"pg_[0-9a-f]{12}_[0-9a-f]{48}\n", made.stdout)
    key = asyncio.run(_find(config, made.stdout.split("_")[1]))
    assert (key.app, key.name, key.networks, key.rate_limit) == ("shop", "till", ("10.0.0.0/8",), 20)
    assert [scope.value for scope in key.scopes] == ["push", "terminals:write"]
    assert key.expires_at is not None


async def _find(config: Path, key_id: str) -> ApiKey:
    async with open_api_keys(load(config)) as keys:
        return await keys.find(key_id)


def test_json_holds_the_key(create: Run) -> None:
    made = create("--scopes", "operator", "--json")
    assert json.loads(made.stdout)["key"].startswith("pg_")


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["--app", "other"], "the configuration has: shop"),
        (["--app", "shop", "--network", "10.1.0.0/8"], "write 10.0.0.0/8"),
        (["--app", "shop", "--expires-in", "soon"], "such as 90s"),
        (["--app", "shop", "--rate-limit", "0"], "1"),
        (["--app", "shop", "--name", "a\nb"], "one line"),
        (["--app", "shop", "--profile", "prod"], "exclude each other"),
    ],
)
def test_a_bad_option_is_reported_with_the_remedy(create: Run, arguments: list[str], remedy: str) -> None:
    result = create(*arguments)
    assert result.exit_code == 2
    assert remedy in result.output
