"""The engines that a benchmark needs: Valkey, a Gearman server, the sandbox.
They share one core."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis as redis_client

from bench.machine import free_port, pin_to_core, wait_for
from pushgate.embedded import gearman, valkey

OTHER_CORE, MEASURED_CORE = 1, 0
"""The core of the measured process, and the core of everything else."""
PUSHGATE = [sys.executable, "-m", "pushgate"]


@contextmanager
def run_process(
    command: list[str],
    core: int,
    log: Path,
    *,
    lock: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process on one core and stop it at the end. It has the variables of `environment`
    beside ours.
    """
    with log.open("ab") as output:
        started = subprocess.Popen(
            pin_to_core(core, command),
            stdout=output,
            stderr=output,
            pass_fds=() if lock is None else (lock,),
            env={**os.environ, **(environment or {})},
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
def start_valkey(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """Run a Valkey like the embedded one; yield its URL and its process id. It has the variables of
    `environment` beside ours.
    """
    (folder / "data").mkdir()
    engine = valkey.prepare(folder / "data")
    variables = {**engine.environment, **(environment or {})}
    with run_process(
        list(engine.command), OTHER_CORE, folder / "log", lock=engine.lock, environment=variables
    ) as process:
        client = redis_client.Redis.from_url(engine.url)
        while True:
            try:
                client.ping()
                break
            except redis_client.ConnectionError:
                time.sleep(0.05)
        client.close()
        yield engine.url, process.pid


@dataclass(frozen=True)
class Engines:
    """URL of Valkey, ports of the Gearman server and of the sandbox, process ids of engines."""

    redis: str
    gearman: int
    sandbox: int
    pids: Mapping[str, int]


@contextmanager
def start_engines(folder: Path) -> Iterator[Engines]:
    """Run all three and yield their addresses."""
    ports = [free_port() for _ in range(3)]
    with ExitStack() as stack:
        url, valkey_pid = stack.enter_context(start_valkey(folder))
        gearmand = stack.enter_context(
            run_process(list(gearman.server_command("127.0.0.1", ports[0])), OTHER_CORE, folder / "log")
        )
        sandbox = [*PUSHGATE, "sandbox", "--data", str(folder / "sandbox")]
        sandbox += ["--port", str(ports[1]), "--api-port", str(ports[2])]
        stack.enter_context(run_process(sandbox, OTHER_CORE, folder / "log"))
        for port in ports:
            wait_for(port)
        yield Engines(url, ports[0], ports[1], {"valkey": valkey_pid, "gearmand": gearmand.pid})
