"""The processes around what is measured: Valkey, a Gearman server, the sandbox. All share one core."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis as plain

from bench.machine import free_port, pinned, wait_for
from pushgate.embedded import gearman, valkey

OTHERS, MEASURED = 1, 0
"""Cores: everything else, and what is measured."""
PUSHGATE = [sys.executable, "-m", "pushgate"]


@contextmanager
def process(
    command: list[str], core: int, log: Path, *, lock: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process on a core, stopped at the end."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            pinned(core, command), stdout=output, stderr=output, pass_fds=() if lock is None else (lock,)
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextmanager
def store(folder: Path) -> Iterator[str]:
    """A Valkey of our own, as the embedded one is; yields its address."""
    (folder / "data").mkdir()
    engine = valkey.prepare(folder / "data")
    with process(list(engine.command), OTHERS, folder / "log", lock=engine.lock):
        client = plain.Redis.from_url(engine.url)
        while True:
            try:
                client.ping()
                break
            except plain.ConnectionError:
                time.sleep(0.05)
        client.close()
        yield engine.url


@dataclass(frozen=True)
class Around:
    """Where they are."""

    redis: str
    gearman: int
    sandbox: int


@contextmanager
def around(folder: Path) -> Iterator[Around]:
    """All three."""
    ports = [free_port() for _ in range(3)]
    with ExitStack() as stack:
        url = stack.enter_context(store(folder))
        stack.enter_context(
            process(list(gearman.server_command("127.0.0.1", ports[0])), OTHERS, folder / "log")
        )
        sandbox = [*PUSHGATE, "sandbox", "--data", str(folder / "sandbox")]
        sandbox += ["--port", str(ports[1]), "--api-port", str(ports[2])]
        stack.enter_context(process(sandbox, OTHERS, folder / "log"))
        for port in ports:
            wait_for(port)
        yield Around(url, *ports[:2])
