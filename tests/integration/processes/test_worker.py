"""A worker without apps waits for them, from Redis and from its file."""

import asyncio
import base64
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from tests.support.app_documents import app_document, put, vendor_document
from tests.support.engines import Engine, wait_until
from tests.support.sealing import sealer_of

from pushgate.apps.app_documents import AppDocuments
from pushgate.domain.clock import SystemClock
from pushgate.fleet.heartbeats import Heartbeats
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings

LIVE_WITHIN = 4.0
_SERVED = (("shop", "xiaomi"),)


async def _until_served(redis: Redis, wanted: tuple[tuple[str, str], ...]) -> float:
    """Wait until a worker says that it serves these pairs; returns after how many seconds."""
    began_at = time.monotonic()
    async with asyncio.timeout(60):
        while not any(one.description.serves == wanted for one in await Heartbeats(redis).read()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return time.monotonic() - began_at


@asynccontextmanager
async def running_worker(valkey: Engine, folder: Path, database: int) -> AsyncIterator[tuple[Redis, int]]:
    """A worker without apps, which may take new ones from its file and from Redis: its Redis and
    its process id.
    """
    url = valkey.url.replace("db=0", f"db={database}")
    redis = connect(RedisSettings(url=url, max_connections=4))
    write_settings(folder, url)
    command = [sys.executable, "-m", "pushgate", "worker", "--config", str(folder / "p.toml")]
    with (folder / "log").open("wb") as log:
        worker = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        try:
            await _until_served(redis, ())
            yield redis, worker.pid
        finally:
            worker.terminate()
            await worker.wait()
            await redis.aclose()


def write_settings(folder: Path, url: str, more: str = "") -> None:
    key = base64.b64encode(b"a" * 32).decode()
    text = f"[redis]\nurl = '{url}'\n[metrics]\nport = 0\n[secrets]\nkey = '{key}'\n{more}"
    (folder / "p.toml").write_text(text, "utf-8")


async def test_a_worker_serves_apps_that_come_while_it_runs(valkey: Engine, tmp_path: Path) -> None:
    async with running_worker(valkey, tmp_path, 9981) as (redis, _):
        documents = AppDocuments(redis, SystemClock(), 10)
        await put(documents, app_document(vendors={"xiaomi": vendor_document(sealer_of(b"a"))}))
        assert await _until_served(redis, _SERVED) < LIVE_WITHIN
        await documents.change("shop", lambda _: None)
        assert await _until_served(redis, ()) < LIVE_WITHIN


async def test_a_worker_reads_its_file_again_on_sighup(valkey: Engine, tmp_path: Path) -> None:
    async with running_worker(valkey, tmp_path, 9982) as (redis, pid):
        url = valkey.url.replace("db=0", "db=9982")
        write_settings(tmp_path, url, "[apps.shop.xiaomi]\npackage = 'p'\napp_secret = 's'\n")
        os.kill(pid, signal.SIGHUP)
        assert await _until_served(redis, _SERVED) < LIVE_WITHIN
        (found,) = [one.description for one in await Heartbeats(redis).read() if one.alive]
        write_settings(tmp_path, url, "[apps.shop.xiaomi]\npackage = 3\n")
        os.kill(pid, signal.SIGHUP)
        await _until_logged(tmp_path / "log", "reload_failed")
        write_settings(
            tmp_path, url, "[apps.shop.xiaomi]\npackage = 'p'\napp_secret = 't'\n[worker]\nlease = 60\n"
        )
        os.kill(pid, signal.SIGHUP)
        assert '"settings": "worker.lease"' in await _until_logged(tmp_path / "log", "restart_needed")
        (changed,) = [one.description for one in await Heartbeats(redis).read() if one.alive]
        assert (found.serves, found.pid) == (changed.serves, changed.pid)
        assert found.configuration != changed.configuration, "the secret is another one"


async def test_sighup_does_not_stop_a_process_that_starts(tmp_path: Path) -> None:
    write_settings(tmp_path, f"unix://{tmp_path}/nobody.sock")
    command = (sys.executable, "-m", "pushgate", "worker", "--config", str(tmp_path / "p.toml"))
    log = tmp_path / "log"
    with log.open("wb") as output:
        worker = await asyncio.create_subprocess_exec(*command, stdout=output, stderr=output)
    try:
        await _until_logged(log, "redis_awaited")
        os.kill(worker.pid, signal.SIGHUP)
        started_at = log.read_text("utf-8").count("redis_awaited")
        await asyncio.to_thread(
            wait_until, lambda: log.read_text("utf-8").count("redis_awaited") > started_at, 20, "going on"
        )
        assert worker.returncode is None
    finally:
        worker.terminate()
        await worker.wait()


async def _until_logged(log: Path, action: str) -> str:
    """Wait until the log has a line of this action; returns the log."""
    return await asyncio.to_thread(_wait_for_line, log, f'"action": "{action}"')


def _wait_for_line(log: Path, text: str) -> str:
    wait_until(lambda: text in log.read_text("utf-8"), 20, text)
    return log.read_text("utf-8")
