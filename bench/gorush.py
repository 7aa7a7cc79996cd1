"""gorush, a push gateway in Go that keeps nothing: the reference of bench.small.

gorush sends to Google's addresses alone. Its FCM library follows HTTPS_PROXY, so a proxy of ours
leads each connection to the benchmark's own server, whose certificate SSL_CERT_FILE names.
"""

import asyncio
import functools
import json
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import uvloop
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.engines import MEASURED_CORE, run_process
from bench.figures import Reference
from bench.load import on_core, post_all, request_bytes
from bench.machine import certificate, free_port, wait_for
from bench.sender import SERVER_CORE, nghttpd, write_files
from bench.system import Usage, wait_until

VARIABLE = "GORUSH"
"""The environment variable that names the binary."""
_HOSTS = ("fcm.googleapis.com", "oauth2.googleapis.com")


def binary() -> str | None:
    """Return the path that the environment names, if any."""
    return os.environ.get(VARIABLE)


def measure(program: str, folder: Path, count: int) -> list[Reference]:
    """Send `count` messages by single requests, and as many by requests of 1,000."""
    folder.mkdir()
    certificate(folder, *_HOSTS)
    write_files(folder)
    (folder / "token").write_text('{"access_token":"bench","token_type":"Bearer","expires_in":3600}')
    with (
        nghttpd(folder, tls=True) as server,
        _proxy(urlsplit(server).port or 0) as proxy,
        _start(program, folder, proxy) as (port, pid),
    ):
        _send(port, pid, 500, 1)  # the first open connections
        return [
            Reference("gorush, single, 32 in flight", *_send(port, pid, count, 1)),
            Reference("gorush, 1,000 a request", *_send(port, pid, count, 1000)),
        ]


@contextmanager
def _start(program: str, folder: Path, proxy: int) -> Iterator[tuple[int, int]]:
    """Run gorush; yield its port and its process id."""
    port, config = free_port(), folder / "gorush.yml"
    config.write_text(json.dumps(_configuration(port)))  # JSON is YAML
    environment = {
        "HTTPS_PROXY": f"http://127.0.0.1:{proxy}",
        "SSL_CERT_FILE": str(folder / "cert.pem"),
        "GOMAXPROCS": "1",
    }
    command = [program, "-c", str(config)]
    with run_process(command, MEASURED_CORE, folder / "log", environment=environment) as process:
        wait_for(port)
        yield port, process.pid


def _configuration(port: int) -> Mapping[str, object]:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    credential = {
        "type": "service_account",
        "project_id": "bench",
        "private_key_id": "bench",
        "private_key": key.decode(),
        "client_email": "bench@bench.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"https://{_HOSTS[1]}/token",
    }
    return {
        "core": {
            "enabled": True,
            "address": "127.0.0.1",
            "port": str(port),
            "mode": "release",
            "max_notification": 1000,
            "queue_num": 200_000,
            "worker_num": 64,
        },
        "android": {"enabled": True, "credential": json.dumps(credential), "max_retry": 0},
        "queue": {"engine": "local"},
        "stat": {"engine": "memory"},
        "log": {
            "access_level": "error",
            "error_level": "error",
            "access_log": "stdout",
            "error_log": "stderr",
        },
    }


def _send(port: int, pid: int, count: int, messages: int) -> tuple[float, float]:
    """Send; return messages a second and microseconds of CPU a message."""
    one = {"platform": 2, "title": "Order shipped", "message": "It arrives on Tuesday."}
    items = [one | {"tokens": [f"{n:0152d}"]} for n in range(count)]
    requests = [
        request_bytes("/api/push", json.dumps({"notifications": items[start : start + messages]}).encode())
        for start in range(0, count, messages)
    ]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        before, cpu, began = _sent(client), Usage.of(pid).cpu, time.perf_counter()
        with on_core(SERVER_CORE):
            uvloop.run(post_all(port, requests, 32 if messages == 1 else 2))
            wait_until(lambda: _sent(client), before + count)
        seconds = time.perf_counter() - began
    return count / seconds, (Usage.of(pid).cpu - cpu) / count * 1e6


def _sent(client: httpx.Client) -> int:
    android = client.get("/api/stat/app").raise_for_status().json()["android"]
    if android["push_error"]:
        raise RuntimeError(f"gorush could not send {android['push_error']} messages")
    return int(android["push_success"])


@contextmanager
def _proxy(server: int) -> Iterator[int]:
    """Run a proxy that connects any host's name with the port `server`; yield the proxy's port."""
    started: Future[tuple[int, Callable[[], object]]] = Future()

    async def serve() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(_connector(server), "127.0.0.1", 0) as listener:
            stop = functools.partial(loop.call_soon_threadsafe, stopped.set)
            started.set_result((int(listener.sockets[0].getsockname()[1]), stop))
            await stopped.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    with on_core(SERVER_CORE):
        thread.start()
    port, stop = started.result(10)
    try:
        yield port
    finally:
        stop()
        thread.join()


def _connector(server: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Return what answers CONNECT with a connection to the port `server`."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        from_server, to_server = await asyncio.open_connection("127.0.0.1", server)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with suppress(asyncio.CancelledError):  # the proxy ends before its connections
            await asyncio.gather(copy(reader, to_server), copy(from_server, writer))

    return serve
