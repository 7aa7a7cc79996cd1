"""Secrets of a running installation: none is in Redis in clear, and callback keys rotate live."""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.redis_dump import secrets_in_dump
from tests.support.system import System

from pushgate.adapters.registry import vendors
from pushgate.redis.client import connect
from pushgate.sealing.master_keys import MasterKeys
from pushgate.sealing.sealer import Sealer, is_sealed
from pushgate.settings.loading import load
from pushgate.settings.redis import RedisSettings
from pushgate.worker.shared_credentials import stored_credentials

ALL = ("apns", "fcm", "huawei", "xiaomi", "honor", "oppo", "vivo", "meizu")
LEARNT_WITHIN = 2.0
"""Seconds after which every process knows a new key."""


def command(system: System, *arguments: str) -> str:
    """The output of a command of Pushgate."""
    config = ["--config", str(system.folder / "data" / "run.toml")]
    done = subprocess.run(
        [sys.executable, "-m", "pushgate", *arguments, *config],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.fixture
def operator(system: System) -> Iterator[httpx.Client]:
    key = (system.folder / "data" / "operator.key").read_text("utf-8").strip()
    with httpx.Client(
        base_url=system.anyone.base_url,
        headers={"Authorization": f"Bearer {key}"},
        timeout=30,
        trust_env=False,
    ) as client:
        yield client


def secrets_of(system: System) -> list[str | bytes]:
    """All secrets that the installation has: of vendors, master keys and callback keys."""
    settings = load(system.folder / "data" / "run.toml")
    section = settings.apps["demo"].vendors
    found: list[str | bytes] = []
    for name, vendor in vendors().items():
        written = section[name]
        assert isinstance(written, dict)
        found += [str(written[secret]) for secret in vendor.secrets & written.keys()]
    assert settings.secrets.key_file
    found += MasterKeys.parse(settings.secrets.key_file.read_text("utf-8")).all
    return found + [base64.b64decode(line) for line in command(system, "receipts", "keys").split()]


async def shared_tokens(url: str, sealer: Sealer) -> list[str]:
    redis = connect(RedisSettings(url=url, max_connections=4))
    try:
        stored = [each async for each in stored_credentials(redis)]
    finally:
        await redis.aclose()
    assert all(is_sealed(each.value) for each in stored)
    return [json.loads(sealer.open(each.value, each.context))["token"] for each in stored]


async def in_clear(url: str, secrets: list[str | bytes]) -> list[str]:
    redis = connect(RedisSettings(url=url, max_connections=4))
    try:
        return await secrets_in_dump(redis, secrets)
    finally:
        await redis.aclose()


def test_no_secret_is_in_redis_in_clear(system: System) -> None:
    rows: list[dict[str, object]] = [
        {"id": f"secret-{vendor}", "vendor": vendor, "token": f"{n:02x}" * 32, "language": "en"}
        for n, vendor in enumerate(ALL)
    ]
    assert system.import_terminals(rows)["created"] == len(rows)
    terminals = [str(row["id"]) for row in rows]
    body = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"terminals": terminals}}
    results = system.finished(system.api.post("/v1/messages", json=body).json()["id"])
    assert results["accepted"] == len(rows), results
    file = tomllib.loads((system.folder / "data" / "run.toml").read_text("utf-8"))
    url, key_file = file["redis"]["url"], file["secrets"]["key_file"]
    sealer = Sealer(MasterKeys.parse(Path(key_file).read_text("utf-8")))
    tokens = asyncio.run(shared_tokens(url, sealer))
    assert len(tokens) >= 5, "vendors' access tokens and provider tokens are shared"
    assert asyncio.run(in_clear(url, [*secrets_of(system), *tokens])) == []


def test_a_rotated_callback_key_is_live_and_the_old_addresses_work(
    system: System, operator: httpx.Client
) -> None:
    def addresses() -> dict[str, str]:
        lines = command(system, "receipts", "--base", "http://test").splitlines()
        return {line.split()[1]: line.split()[2].removeprefix("http://test") for line in lines}

    before = addresses()
    assert operator.post("/v1/callback-key:rotate", json={"overlap": "1h"}).status_code == 200
    time.sleep(LEARNT_WITHIN)
    after = addresses()
    assert after.keys() == before.keys()
    for vendor, address in after.items():
        assert address != before[vendor]
        for url in (address, before[vendor], address[:-1]):
            status = system.anyone.post(url, content=b"{}").status_code
            assert (status == 404) is (url == address[:-1]), (vendor, status)
    known = len(operator.get("/v1/callback-key").json()["keys"])
    assert f"{known}" == str(len(command(system, "receipts", "keys").split()))


def test_with_another_master_key_nothing_starts_and_the_missing_key_is_named(
    system: System, tmp_path: Path
) -> None:
    file = tomllib.loads((system.folder / "data" / "run.toml").read_text("utf-8"))
    sealed_with = MasterKeys.parse(Path(file["secrets"]["key_file"]).read_text("utf-8"))
    engines = {
        "PUSHGATE_REDIS__URL": file["redis"]["url"],
        "PUSHGATE_GEARMAN__SERVERS": file["gearman"]["servers"][0],
    }
    ports = [text for name in ("--port", "--sandbox-port", "--sandbox-api-port") for text in (name, "0")]
    result = subprocess.run(
        [sys.executable, "-m", "pushgate", "up", "--data", str(tmp_path / "data"), *ports],
        env={**os.environ, **engines},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2, result.stderr
    assert f"sealed with the master key {sealed_with.names[0]}" in result.stderr
    assert "Traceback" not in result.stderr
