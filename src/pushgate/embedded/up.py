"""`pushgate up`: engines, sandbox, API, scheduler and workers on one machine, with nothing to install or configure."""

import asyncio
import contextlib
import secrets
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import tomli_w

from pushgate.apps.api_keys import KeyRing
from pushgate.apps.configuration import open_apps
from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import function_name
from pushgate.domain.app import Scope
from pushgate.domain.clock import SystemClock
from pushgate.domain.errors import ChildFailed, EngineUnavailable, Unauthorized
from pushgate.embedded import gearman, valkey
from pushgate.embedded.ports import free_port
from pushgate.embedded.supervisor import Program, Supervisor
from pushgate.processes.administration import open_key_ring, receipt_addresses
from pushgate.processes.configuration import UNSIGNED
from pushgate.processes.parts import sends_nothing
from pushgate.settings.model import Settings

_READY_WITHIN = 60.0
DEMO = "demo"
OPERATOR_KEY = "operator.key"


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What the command line says. Ports of 0 are chosen freely."""

    data: Path = Path(".pushgate")
    workers: int = 1
    gearman_port: int = 0
    embedded_gearman: bool = False


@dataclass(frozen=True, slots=True)
class Demo:
    """What is served when no app is configured: an app whose vendors are simulated by a process of ours.

    `sections` are the app's vendor sections; `arguments` the command that runs the vendors, given the API's address;
    `inspect` the address of their own API; `reports` whether client apps and vendors report what became of pushes.
    """

    sections: Mapping[str, Mapping[str, object]]
    arguments: Callable[[str], Sequence[str]]
    inspect: str
    reports: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run, in this order, and how to reach it."""

    settings: Settings
    engines: Sequence[Program]
    programs: Sequence[Program]
    demo: Demo | None


async def up(settings: Settings, options: UpOptions, demo: Demo | None) -> None:
    """Run everything until SIGINT or SIGTERM. Raises PushgateError when something cannot run."""
    plan = _plan(settings, options, demo)
    loop = asyncio.get_running_loop()
    supervisor, stop = Supervisor(options.data / "logs"), asyncio.Event()

    def interrupted() -> None:
        if stop.is_set():
            supervisor.kill()  # the second Ctrl-C
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted)
    stopping = asyncio.create_task(stop.wait())
    try:
        starting = asyncio.create_task(_start(plan, options, supervisor))
        await _first(starting, stopping, supervisor.failed)
        if supervisor.failed.done():
            raise supervisor.failed.result()
        if starting.done():
            sys.stdout.write(starting.result())
            sys.stdout.flush()
            await _first(stopping, supervisor.failed)
            if supervisor.failed.done():
                raise supervisor.failed.result()
        else:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
    finally:
        stopping.cancel()
        await supervisor.stop()


async def _first(*futures: Awaitable[object]) -> None:
    """Wait for the first of them."""
    await asyncio.wait(map(asyncio.ensure_future, futures), return_when=asyncio.FIRST_COMPLETED)


def _plan(settings: Settings, options: UpOptions, demo: Demo | None) -> Plan:
    engines: list[Program] = []
    changes: dict[str, dict[str, object]] = {}
    if not _is_set(settings, "redis", "url"):
        engine = valkey.prepare(options.data / "valkey")
        engines.append(Program("valkey", engine.command, descriptors=(engine.lock,), patience=30))
        changes["redis"] = {**settings.redis.model_dump(), "url": engine.url}
    if not _is_set(settings, "gearman", "servers"):
        port = free_port("127.0.0.1", options.gearman_port, "--gearman-port")
        engines.append(
            Program("gearman", gearman.command("127.0.0.1", port, prefer_gear=options.embedded_gearman))
        )
        changes["gearman"] = {**settings.gearman.model_dump(), "servers": (f"127.0.0.1:{port}",)}
    api_port = free_port(settings.api.host, settings.api.port, "--port")
    changes["api"] = {**settings.api.model_dump(), "port": api_port}
    if demo and demo.reports:
        changes["api"]["public_url"] = settings.api.public_url or f"http://127.0.0.1:{api_port}"
    changes["log"] = {**settings.log.model_dump()}
    if demo:
        changes["apps"] = {DEMO: {"default_language": "en", **demo.sections}}
    effective = Settings.model_validate({**settings.model_dump(), **changes})
    # What is wrong with them is told here; the processes would only die of it, one after the other.
    open_apps(effective, sends_nothing(SystemClock(), UNSIGNED))
    config = options.data / "run.toml"
    _write(config, tomli_w.dumps(effective.model_dump(mode="json", exclude_none=True)))
    pushgate = (sys.executable, "-m", "pushgate")
    where = ("--config", str(config.resolve()))
    drain = settings.worker.drain_timeout.total_seconds() + 5
    programs: list[Program] = []
    if demo:
        programs.append(Program("sandbox", (*pushgate, *demo.arguments(f"http://127.0.0.1:{api_port}"))))
    programs.append(Program("scheduler", (*pushgate, "scheduler", *where), patience=20))
    programs += [
        Program(f"worker-{number}", (*pushgate, "worker", *where), patience=drain)
        for number in range(1, options.workers + 1)
    ]
    # By options, which win over the environment: that is inherited, and would win over the file.
    listen = ("--host", effective.api.host, "--port", str(effective.api.port))
    programs.append(Program("api", (*pushgate, "api", *where, *listen), patience=25))
    return Plan(effective, engines, programs, demo)


async def _start(plan: Plan, options: UpOptions, supervisor: Supervisor) -> str:
    """Start all and wait until it works; returns what to tell the user."""
    for program in plan.engines:
        await supervisor.start(program)
    keys = await _key_files(plan.settings, options.data)
    for program in plan.programs:
        await supervisor.start(program)
    await _ready(plan, options)
    if plan.demo and plan.demo.reports:
        await _set_consoles(plan.settings, plan.demo)
    return _welcome(plan, options, keys)


async def _ready(plan: Plan, options: UpOptions) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    checks = [f"{_api_url(plan.settings)}/readyz"]
    if plan.demo:
        checks.append(f"{plan.demo.inspect}/healthz")
    wanted = {
        function_name(name, vendor) for name, app in plan.settings.apps.items() for vendor in app.vendors
    }
    admin = GearmanAdmin(plan.settings.gearman.servers, plan.settings.gearman.timeout)
    async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
        while time.monotonic() < deadline:
            if await _answers(client, checks) and await _served(admin, wanted):
                return
            await asyncio.sleep(0.1)
    raise ChildFailed(f"not ready after {_READY_WITHIN:g} s; see the logs in {options.data / 'logs'}")


async def _set_consoles(settings: Settings, demo: Demo) -> None:
    """Tell the simulated vendors where receipts go, as is done in a vendor's console."""
    api = _api_url(settings)
    consoles = {
        address.vendor: {"url": f"{api}{address.path}"}
        for address in await receipt_addresses(settings)
        if address.app == DEMO
    }
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        answer = await client.put(f"{demo.inspect}/reports", json={"url": api, "consoles": consoles})
        answer.raise_for_status()


async def _answers(client: httpx.AsyncClient, urls: Sequence[str]) -> bool:
    try:
        return all([(await client.get(url)).status_code == 200 for url in urls])
    except httpx.HTTPError:
        return False


async def _served(admin: GearmanAdmin, wanted: set[str]) -> bool:
    try:
        served = {item.name for item in await admin.status() if item.workers}
    except EngineUnavailable:
        return False
    return wanted <= served


async def _key_files(settings: Settings, data: Path) -> list[Path]:
    """The files with an API key of each app, and the operator's; before anything says that it is ready."""
    every = [Scope.PUSH, Scope.READ, Scope.TERMINALS]
    async with open_key_ring(settings, wait=True) as ring:
        files = [await _key_file(ring, data / f"{app}.key", app, every) for app in settings.apps]
        return [*files, await _key_file(ring, data / OPERATOR_KEY, "", [Scope.OPERATOR])]


async def _key_file(ring: KeyRing, file: Path, app: str, scopes: Sequence[Scope]) -> Path:
    """A file with an API key of the app; a key is made for an app that has none that works."""
    written = _read(file)
    if written is not None:
        with contextlib.suppress(Unauthorized):
            await ring.recognise(written.strip())
            return file
    elif await ring.list(app):
        return file  # it has keys that were made by hand
    _write(file, await ring.create(app, scopes, "made by pushgate up") + "\n")
    return file


def _welcome(plan: Plan, options: UpOptions, keys: Sequence[Path]) -> str:
    url = _api_url(plan.settings)
    lines = [f"Pushgate is ready: {url}  (API description: {url}/openapi.json)"]
    lines += [f"  API key of {_owner(file)}: {file}" for file in keys if file.exists()]
    if plan.demo:
        lines.append(f"  What the simulated vendors received: {plan.demo.inspect}/received")
        token = secrets.token_hex(32)
        lines += [
            "Try it:",
            f'  curl -X POST {url}/v1/messages -H "Authorization: Bearer $(cat {keys[0]})" \\',
            '    -H \'Content-Type: application/json\' -d \'{"content": {"en": {"title": "Hello", "body": "It works"}},'
            f' "audience": {{"tokens": [{{"vendor": "apns", "token": "{token}"}}]}}}}\'',
        ]
    lines.append(f"  Logs: {options.data / 'logs'}   Stop: Ctrl-C")
    return "\n".join(lines) + "\n"


def _owner(file: Path) -> str:
    return "the operator" if file.name == OPERATOR_KEY else file.stem


def _api_url(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.api.host, settings.api.host)  # noqa: S104  # read, not bound
    return f"http://{host}:{settings.api.port}"


def _is_set(settings: Settings, section: str, name: str) -> bool:
    """Whether the file or the environment sets it."""
    return section in settings.model_fields_set and name in getattr(settings, section).model_fields_set


def _read(file: Path) -> str | None:
    return file.read_text("utf-8") if file.exists() else None


def _write(file: Path, text: str) -> None:
    """For our eyes only: it holds secrets."""
    partial = file.with_name(file.name + ".partial")
    partial.touch(mode=0o600)
    partial.write_text(text, "utf-8")
    partial.replace(file)
