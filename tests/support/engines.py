"""Real engines for tests: each in its own folder, on a free port, gone at the end."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pushgate.embedded import gearman, ports, valkey
from pushgate.embedded.children import die_with_parent
from pushgate.embedded.gearman import find_gearmand


def free_port() -> int:
    """A port that nobody listens on, and that neither an outgoing connection nor another process of
    this test run is given.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    own = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % processes
    while True:
        port = ports.free_port("127.0.0.1", 0, "port")
        if port % processes == own:
            return port


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a condition; fail loudly when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.02)


def listening(port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Engine:
    """A server process that can be killed and started again."""

    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    url: str
    descriptors: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> "Engine":
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                pass_fds=self.descriptors,
                preexec_fn=die_with_parent(),  # noqa: PLW1509  # started before any thread is
            )
        wait_until(self.ready, 60, f"{self.command[0]}, see {self.log}")
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop it; SIGKILL kills it on the spot."""
        if self.process:
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None

    def freeze(self) -> None:
        """Stop its threads, and leave its connections open. Returns once they have stopped: on a
        busy machine it may work on for some time after the signal.
        """
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        assert self.process
        self.process.send_signal(signal.SIGCONT)


def valkey_engine(folder: Path) -> Engine:
    """A durable Valkey on a unix socket, as the embedded one is."""
    engine = valkey.prepare(folder)
    place = engine.url.removeprefix("unix://").partition("?")[0]

    def ready() -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(place) != 0:
                return False
            probe.settimeout(2)
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")

    # The server inherits the lock; ours goes at once, so that it ends with the server.
    return Engine(
        engine.command, folder / "valkey.log", ready, engine.url, (engine.lock,), engine.environment
    )


def tcp_redis(folder: Path) -> Engine:
    """A separately started server on a TCP port, with its default settings."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = (
        valkey.find_server(),
        "--port",
        str(port),
        "--dir",
        str(folder),
        "--save",
        "",
        "--appendonly",
        "yes",
    )
    return Engine(command, folder / "redis.log", lambda: listening(port), f"redis://127.0.0.1:{port}/0")


def gearman_engine(kind: str, folder: Path, *more: str) -> Engine:
    """gear's server or gearmand; `url` is host:port."""
    port = free_port()
    command = (*gearman.server_command("127.0.0.1", port, prefer_gear=kind == "gear"), *more)
    return Engine(command, folder / f"{kind}-{port}.log", lambda: listening(port), f"127.0.0.1:{port}")


def gearman_servers() -> list[str]:
    """The servers that tests run on."""
    return ["gear", "gearmand"] if find_gearmand() else ["gear"]
