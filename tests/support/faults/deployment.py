"""A whole deployment of separate processes, each of which may be killed, paused and restarted."""

import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType

import httpx
import redis as plain
import tomli_w
from tests.support.engines import Engine, free_port, gearman_engine, wait_until
from tests.support.faults.clocks import SteppedClock
from tests.support.faults.network import Network
from tests.support.faults.stores import OneServer, Store
from tests.support.sandbox import Sandbox
from tests.support.sandbox import start as start_sandbox

from pushgate.domain.app import App
from pushgate.embedded.children import die_with_parent

APP = App("shop", 2)
OTHER_APP = App("news", 2)
Sections = Mapping[str, Mapping[str, object]]
NO_SECTIONS: Sections = MappingProxyType({})
LEASE = 4.0
DRAIN = 8.0
FLUSH = 0.05
RESUBMIT_AFTER = 3.0
JOBS = 3
STREAMS = 200
"""Requests in flight of one vendor and worker: the sandbox allows so many on the one connection."""


class Deployment:
    """Two schedulers, two workers, an API process, a store, a Gearman server and the sandbox; and
    senders of webhooks, where they are asked for.

    Each process has a clock of its own, and links of its own to Redis, Gearman and the vendors.
    """

    def __init__(
        self,
        folder: Path,
        missing_vendors: Mapping[str, Collection[str]],
        settings: Sections = NO_SECTIONS,
        senders: int = 0,
        source: Path | None = None,
        store: Store | None = None,
    ) -> None:
        """`missing_vendors`: by process, the vendors that it has no settings for. `settings` are
        further ones for all processes, by section. `source` is the folder of packages from which
        processes are started, until it is changed; None for those of this checkout. `store` is one
        that runs; None starts a server.

        A process without settings for any vendor lacks the app, too.
        """
        self.folder = folder
        self._settings = settings
        self.source = source
        self.store: Store = store or OneServer(folder / "valkey")
        self.gearman = gearman_engine("gearmand", folder).start()
        self.sandbox: Sandbox = start_sandbox(folder / "sandbox")
        self.port = free_port()
        self._commands = {
            "api": ["api"],
            **{f"{kind}-{n}": [kind] for kind in ("scheduler", "worker") for n in (1, 2)},
            **{f"webhook-sender-{n}": ["webhook-sender"] for n in range(1, senders + 1)},
        }
        self._links: dict[str, tuple[int, str]] = {}
        self._configs = {name: self._write(name, missing_vendors.get(name, ())) for name in self._commands}
        self.network = Network(self._links)
        self.clocks = {name: SteppedClock(folder / f"{name}.clock") for name in self._commands}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for name in self._commands:
            self.start(name)
        self.api = self.client(APP)
        wait_until(self._is_ready, 180, "the API")

    def client(self, app: App, scopes: str = "push,read,terminals") -> httpx.Client:
        """A client of the API with a new key of the app."""
        options = ["--app", app.name, "--scopes", scopes, "--config", str(self._configs["api"])]
        command = [*self._command("keys"), "create", *options]
        key = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        secret = next(text for text in key.split() if text.startswith("pg_"))
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=30,
            trust_env=False,
        )

    def start(self, name: str) -> None:
        """Start one of the processes, if it is not running."""
        if name not in self.processes:
            command = [*self._command(*self._commands[name]), "--config", str(self._configs[name])]
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    command,
                    env={**self.clocks[name].environment(), **self._source()},
                    stdout=log,
                    stderr=log,
                    preexec_fn=die_with_parent(),  # noqa: PLW1509  # see there
                )

    def restart_ended(self) -> None:
        """Start the processes that ended by themselves, as a supervisor does."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                del self.processes[name]
                self.start(name)

    def kill(self, name: str) -> None:
        """Send SIGKILL to the process, if it runs."""
        process = self.processes.pop(name, None)
        if process:
            process.kill()
            process.wait(10)

    def drain(self, name: str) -> int:
        """Send SIGTERM, as a rolling upgrade does. Returns the exit code."""
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(40)

    def configure(self, name: str, missing_vendors: Collection[str] = ()) -> None:
        """Give a process the settings of all vendors but these, from its next start on."""
        self._write(name, missing_vendors)

    def log(self, name: str) -> str:
        """The log of a process so far."""
        return (self.folder / f"{name}.log").read_text("utf-8")

    def pause(self, name: str) -> None:
        """Send SIGSTOP to the process, if it runs."""
        process = self.processes.get(name)
        if process:
            process.send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Send SIGCONT to the process, if it runs."""
        process = self.processes.get(name)
        if process:
            process.send_signal(signal.SIGCONT)

    def engine(self, name: str) -> Engine:
        """`valkey` or `gearman`."""
        return self.valkey if name == "valkey" else self.gearman

    @property
    def valkey(self) -> Engine:
        """The one server of the store."""
        assert isinstance(self.store, OneServer)
        return self.store.engine

    def redis(self) -> plain.Redis:
        """A client of the one server, to read its bits."""
        return plain.Redis.from_url(self.valkey.url)

    def stop(self) -> None:
        """Stop everything at once."""
        self.api.close()
        for name in list(self.processes):
            self.resume(name)
            self.kill(name)
        self.network.close()
        self.sandbox.stop()
        self.gearman.stop()
        self.store.stop()

    def _is_ready(self) -> bool:
        try:
            return self.api.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pushgate", *arguments]

    def _source(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(self.source)} if self.source else {}

    def _link(self, process: str, end: str, target: str) -> int:
        """The port of the process's link to this end."""
        return self._links.setdefault(f"{process}-{end}", (free_port(), target))[0]

    def _write(self, name: str, missing_vendors: Collection[str]) -> Path:
        vendors = self.sandbox.credentials.base_url.removeprefix("https://")
        link = f"127.0.0.1:{self._link(name, 'vendors', vendors)}"
        sections = {
            vendor: {
                **{key: _redirected(value, vendors, link) for key, value in section.items()},
                "max_connections": 1,
                "rate_limit": 0,
            }
            for vendor, section in self.sandbox.sections().items()
        }
        known = {vendor: section for vendor, section in sections.items() if vendor not in missing_vendors}
        file = self.folder / f"{name}.toml"
        settings: dict[str, Mapping[str, object]] = {
            "redis": self.store.section(partial(self._link, name, "redis")),
            "gearman": {
                "servers": [f"127.0.0.1:{self._link(name, 'gearman', self.gearman.url)}"],
                "timeout": 2.0,
            },
            "api": {"port": self.port},
            "scheduler": {"lease": 3.0, "sweep_interval": 0.5, "resubmit_after": RESUBMIT_AFTER},
            "worker": {
                "connections": JOBS,
                "lease": LEASE,
                "flush_interval": FLUSH,
                "drain_timeout": DRAIN,
            },
            "log": {"level": "warning"},
            "apps": {
                OTHER_APP.name: {"shards": OTHER_APP.shards, **sections},
                **({APP.name: {"shards": APP.shards, **known}} if known else {}),
            },
        }
        for section, more in self._settings.items():
            settings[section] = {**settings.get(section, {}), **more}
        file.write_text(tomli_w.dumps(settings))
        return file


def _redirected(value: object, old: str, new: str) -> object:
    """A setting with the address of the sandbox replaced by that of a link."""
    return value.replace(old, new) if isinstance(value, str) else value


@contextmanager
def run_deployment(
    folder: Path,
    missing_vendors: Mapping[str, Collection[str]] = MappingProxyType({}),
    settings: Sections = NO_SECTIONS,
    senders: int = 0,
    source: Path | None = None,
    store: Store | None = None,
) -> Iterator[Deployment]:
    """A deployment, stopped with the context. The folder needs a short path, for unix sockets."""
    folder.mkdir(parents=True, exist_ok=True)
    deployment = Deployment(folder, missing_vendors, settings, senders, source, store)
    try:
        yield deployment
    finally:
        deployment.stop()
