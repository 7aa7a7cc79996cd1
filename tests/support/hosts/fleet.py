"""A fleet: on each host an API, a scheduler, a worker, a webhook sender and gearmand.

The store, the vendors and the receiver of webhooks are on this host.
"""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import tomli_w
from tests.support.engines import Engine, free_port, wait_until
from tests.support.faults import clocks
from tests.support.faults.clocks import SteppedClock
from tests.support.faults.network import Network
from tests.support.hosts.network import LOOPBACK, Hosts
from tests.support.sandbox import Sandbox
from tests.support.sandbox import start as start_sandbox
from tests.support.sealing import key_text
from tests.support.webhooks.receiver import WebhookReceiver

from pushgate.embedded import gearman, valkey
from pushgate.embedded.children import die_with_parent

COUNT = 2
LEASE = 4.0
RESUBMIT_AFTER = 10.0
JOBS = 2
"""Connections of a worker to each gearmand: each of them runs one job."""
VENDORS = ("apns", "fcm")
CLOCK_AHEAD = 1.5
"""Seconds by which the clock of the last host is ahead."""
KINDS = ("api", "scheduler", "worker", "webhook-sender")


class HostFleet:
    """The processes of all hosts, each of which may be cut off, killed and started again."""

    def __init__(self, folder: Path, hosts: Hosts, receiver: WebhookReceiver) -> None:
        self._folder = folder
        self._hosts = hosts
        self._numbers = range(1, COUNT + 1)
        self.valkey = _tcp_valkey(folder, {LOOPBACK, hosts.own_address}).start()
        self.sandbox: Sandbox = start_sandbox(folder / "sandbox")
        self._forward([int(self.sandbox.credentials.base_url.rpartition(":")[2]), receiver.port])
        self._ports = {host: free_port() for host in self._numbers}
        self.gearmands = {host: self._gearmand(host).start() for host in self._numbers}
        self._configs = {host: self._write(host) for host in self._numbers}
        self.processes: dict[tuple[int, str], subprocess.Popen[bytes]] = {}
        for host in self._numbers:
            self.start(host)
        self.apis = [f"http://{hosts.address(host)}:{self._ports[host]}" for host in self._numbers]
        self.key = self._create_key("--app", "shop", "--scopes", "push,read,terminals,admin")
        self._operator_key = self._create_key("--scopes", "operator")
        self.clients = [self._client(api) for api in self.apis]
        for client in self.clients:
            wait_until(lambda ready=client: _is_ready(ready), 120, "an API")  # type: ignore[misc]

    def start(self, host: int) -> None:
        """Start all processes of a host that do not run."""
        if not self.gearmands[host].process:
            self.gearmands[host].start()
        clock = SteppedClock(self._folder / f"{host}.clock") if clocks.find() else None
        if clock and host == COUNT:
            clock.set(CLOCK_AHEAD)
        for kind in KINDS:
            if (host, kind) not in self.processes:
                command = [*self._hosts.command(host), sys.executable, "-m", "pushgate", kind]
                with (self._folder / f"{host}-{kind}.log").open("ab") as log:
                    self.processes[host, kind] = subprocess.Popen(
                        [*command, "--config", str(self._configs[host])],
                        env=clock.environment() if clock else None,
                        stdout=log,
                        stderr=log,
                        preexec_fn=die_with_parent(),  # noqa: PLW1509  # libc is loaded before the fork
                    )

    def kill(self, host: int) -> None:
        """Kill all processes of a host, as a loss of power does."""
        for _, process in self._of(host):
            process.kill()
            process.wait(10)
        for kind in KINDS:
            self.processes.pop((host, kind), None)
        self.gearmands[host].stop(signal.SIGKILL)

    def cut(self, host: int) -> None:
        """Cut a host off."""
        self._hosts.cut(host, [process.pid for _, process in self._of(host)])

    def heal(self, host: int) -> None:
        """Join the host again."""
        self._hosts.heal(host, [process.pid for _, process in self._of(host)])

    def status(self, host: int) -> dict[str, Any]:
        """`GET /status` of the API on a host, as an operator sees it."""
        headers = {"Authorization": f"Bearer {self._operator_key}"}
        found: dict[str, Any] = self.clients[host - 1].get("/status", headers=headers).json()
        return found

    def results(self, message: str) -> dict[str, Any]:
        """The message's results by whichever API answers. The law of accounting must hold."""
        found: dict[str, Any] = {}

        def is_answered() -> bool:
            found.update(next(self._answers(message), {}))
            return bool(found)

        wait_until(is_answered, 60, "an API that answers")
        states = ("pending", "accepted", "invalid", "rejected", "expired", "cancelled")
        for part in [found, *found["groups"]]:
            assert part["targeted"] == sum(part[state] for state in states), part
        return found

    def _answers(self, message: str) -> Iterator[dict[str, Any]]:
        """The results that APIs give at once, one after another."""
        for client in self.clients:
            with suppress(httpx.TransportError):
                answer = client.get(f"/v1/messages/{message}/results", timeout=2)
                if answer.status_code != 503:
                    yield answer.json()

    def finished(self, message: str, seconds: float) -> dict[str, Any]:
        """Wait until the message is sent; looks at its results all the way."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.results(message)
            if found["status"] == "sent" and not found["pending"]:
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    def log(self, host: int, kind: str) -> str:
        """The log of a process so far."""
        return (self._folder / f"{host}-{kind}.log").read_text("utf-8")

    def stop(self) -> None:
        """Stop everything at once."""
        for client in self.clients:
            client.close()
        for host in self._numbers:
            self.heal(host)
            self.kill(host)
        for network in self._networks:
            network.close()
        self.sandbox.stop()
        self.valkey.stop()

    def _of(self, host: int) -> list[tuple[str, subprocess.Popen[bytes]]]:
        found = [(kind, process) for (place, kind), process in self.processes.items() if place == host]
        server = self.gearmands[host].process
        return [*found, ("gearmand", server)] if server else found

    def _forward(self, ports: Sequence[int]) -> None:
        """Make ports of this host's loopback interface those of every host's, too: certificates
        and http:// are for loopback addresses alone.
        """
        own = self._hosts.own_address
        self._networks: list[Network] = []
        if own == LOOPBACK:
            return
        between = {port: free_port() for port in ports}
        self._networks.append(
            Network({str(port): (between[port], f"{LOOPBACK}:{port}") for port in ports}, own)
        )
        links = {str(port): (port, f"{own}:{between[port]}") for port in ports}
        for host in self._numbers:
            self._networks.append(Network(links, LOOPBACK, self._hosts.command(host)))

    def _gearmand(self, host: int) -> Engine:
        address, port = self._hosts.address(host), free_port()
        command = (*self._hosts.command(host), *gearman.server_command(address, port, prefer_gear=False))
        log = self._folder / f"{host}-gearmand.log"
        return Engine(command, log, lambda: _listens(address, port), f"{address}:{port}")

    def _create_key(self, *options: str) -> str:
        command = [sys.executable, "-m", "pushgate", "keys", "create", "--config", str(self._configs[1])]
        key = subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout
        return next(text for text in key.split() if text.startswith("pg_"))

    def _client(self, api: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=api, headers=headers, timeout=20, trust_env=False)

    def _write(self, host: int) -> Path:
        sections = {
            vendor: {**section, "max_connections": 1, "rate_limit": 250}
            for vendor, section in self.sandbox.sections().items()
            if vendor in VENDORS
        }
        settings: Mapping[str, object] = {
            "redis": {"url": self.valkey.url, "socket_timeout": 2.0},
            "gearman": {"servers": [engine.url for engine in self.gearmands.values()], "timeout": 2.0},
            "api": {"host": self._hosts.address(host), "port": self._ports[host]},
            "scheduler": {"lease": 3.0, "sweep_interval": 1.0, "resubmit_after": RESUBMIT_AFTER},
            "worker": {"connections": COUNT * JOBS, "lease": LEASE, "drain_timeout": 5.0},
            "secrets": {"key": key_text(b"a")},
            "webhooks": {"allow_loopback": True, "timeout": 2.0},
            "log": {"level": "warning"},
            "apps": {"shop": {"shards": 2, **sections}},
        }
        file = self._folder / f"{host}.toml"
        file.write_text(tomli_w.dumps(settings))
        return file


@contextmanager
def running_fleet(folder: Path, hosts: Hosts, receiver: WebhookReceiver) -> Iterator[HostFleet]:
    """A fleet, stopped with the context. The folder needs a short path, for unix sockets."""
    folder.mkdir(parents=True, exist_ok=True)
    fleet = HostFleet(folder, hosts, receiver)
    try:
        yield fleet
    finally:
        fleet.stop()


def _tcp_valkey(folder: Path, addresses: set[str]) -> Engine:
    port, data = free_port(), folder / "valkey"
    data.mkdir()
    command = [valkey.find_server(), "--bind", *sorted(addresses), "--protected-mode", "no"]
    command += ["--port", str(port), "--dir", str(data), "--save", "", "--appendonly", "yes"]
    own = max(addresses, key=lambda address: address != LOOPBACK)
    ready = lambda: _listens(own, port)  # noqa: E731  # an engine takes a function
    return Engine(command, folder / "valkey.log", ready, f"redis://{own}:{port}/0")


def _listens(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False
