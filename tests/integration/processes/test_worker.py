"""A worker without apps waits for them."""

import asyncio
import base64
import sys
import time
from pathlib import Path

from redis.asyncio import Redis
from tests.support.app_documents import app_document, put, vendor_document
from tests.support.engines import Engine
from tests.support.sealing import sealer_of

from pushgate.apps.app_documents import AppDocuments
from pushgate.domain.clock import SystemClock
from pushgate.fleet.heartbeats import Heartbeats
from pushgate.redis.client import connect

LIVE_WITHIN = 2.0
_SERVED = (("shop", "xiaomi"),)


async def _until_served(redis: Redis, wanted: tuple[tuple[str, str], ...]) -> float:
    """Wait until a worker says that it serves these pairs; returns after how many seconds."""
    began_at = time.monotonic()
    async with asyncio.timeout(60):
        while not any(one.description.serves == wanted for one in await Heartbeats(redis).read()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return time.monotonic() - began_at


async def test_a_worker_serves_apps_that_come_while_it_runs(valkey: Engine, tmp_path: Path) -> None:
    url = valkey.url.replace("db=0", "db=9999")
    redis, file = connect(url, 4), tmp_path / "p.toml"
    key = base64.b64encode(b"a" * 32).decode()
    text = f"[redis]\nurl = '{url}'\n[metrics]\nport = 0\n[secrets]\nkey = '{key}'\n"
    file.write_text(text, "utf-8")
    command = [sys.executable, "-m", "pushgate", "worker", "--config", str(file)]
    documents = AppDocuments(redis, SystemClock(), 10)
    with (tmp_path / "log").open("wb") as log:
        worker = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        try:
            await _until_served(redis, ())
            await put(documents, app_document(vendors={"xiaomi": vendor_document(sealer_of(b"a"))}))
            assert await _until_served(redis, _SERVED) < LIVE_WITHIN
            await documents.change("shop", lambda _: None)
            assert await _until_served(redis, ()) < LIVE_WITHIN
        finally:
            worker.terminate()
            await worker.wait()
    await redis.aclose()
