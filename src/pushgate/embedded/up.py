"""`pushgate up`: engines, sandbox, API, scheduler and workers on one machine, with nothing to install or configure."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import tomli_w

from pushgate import wiring
from pushgate.dispatch.admin import Admin
from pushgate.dispatch.codec import function
from pushgate.embedded import gearman, valkey
from pushgate.embedded.supervisor import ChildFailed, Program, Supervisor
from pushgate.errors import ConfigurationError, EngineUnavailable, Fault, PushgateError
from pushgate.model import Scope
from pushgate.sandbox.credentials import ensure
from pushgate.sandbox.serve import SandboxOptions, base_url
from pushgate.settings import Settings

_READY_WITHIN = 60.0
DEMO = "demo"


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What the command line says. Ports of 0 are chosen freely."""

    data: Path = Path(".pushgate")
    workers: int = 1
    sandbox_port: int = 8091
    sandbox_api_port: int = 8090
    gearman_port: int = 0
    embedded_gearman: bool = False
    reports: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run, in this order, and how to reach it."""

    settings: Settings
    programs: Sequence[Program]
    sandbox: SandboxOptions | None


async def up(settings: Settings, options: UpOptions) -> None:
    """Run everything until SIGINT or SIGTERM. Raises PushgateError when something cannot run."""
    os.umask(0o077)
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    plan = _plan(settings, options)
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


def _plan(settings: Settings, options: UpOptions) -> Plan:
    programs: list[Program] = []
    changes: dict[str, dict[str, object]] = {}
    if not _is_set(settings, "redis", "url"):
        engine = valkey.prepare(options.data / "valkey")
        programs.append(Program("valkey", engine.command, descriptors=(engine.lock,), patience=30))
        changes["redis"] = {**settings.redis.model_dump(), "url": engine.url}
    if not _is_set(settings, "gearman", "servers"):
        port = _free_port("127.0.0.1", options.gearman_port, "--gearman-port")
        programs.append(
            Program("gearman", gearman.command("127.0.0.1", port, prefer_gear=options.embedded_gearman))
        )
        changes["gearman"] = {**settings.gearman.model_dump(), "servers": (f"127.0.0.1:{port}",)}
    api_port = _free_port(settings.api.host, settings.api.port, "--port")
    changes["api"] = {**settings.api.model_dump(), "port": api_port}
    changes["log"] = {**settings.log.model_dump()}
    sandbox = None if settings.apps else _sandbox(options, f"http://127.0.0.1:{api_port}")
    if sandbox:
        demo = ensure(sandbox.folder, base_url(sandbox)).sections()
        changes["apps"] = {DEMO: {"default_language": "en", **demo}}
    effective = Settings.model_validate({**settings.model_dump(), **changes})
    config = options.data / "run.toml"
    _write(config, tomli_w.dumps(effective.model_dump(mode="json", exclude_none=True)))
    pushgate = (sys.executable, "-m", "pushgate")
    where = ("--config", str(config.resolve()))
    drain = settings.worker.drain_timeout.total_seconds() + 5
    if sandbox:
        programs.append(Program("sandbox", (*pushgate, "sandbox", *_sandbox_arguments(sandbox))))
    programs.append(Program("scheduler", (*pushgate, "scheduler", *where), patience=20))
    programs += [
        Program(f"worker-{number}", (*pushgate, "worker", *where), patience=drain)
        for number in range(1, options.workers + 1)
    ]
    programs.append(Program("api", (*pushgate, "api", *where), patience=25))
    return Plan(effective, programs, sandbox)


async def _start(plan: Plan, options: UpOptions, supervisor: Supervisor) -> str:
    """Start all and wait until it works; returns what to tell the user."""
    for program in plan.programs:
        await supervisor.start(program)
    await _ready(plan, options)
    keys = [await _key_file(plan.settings, options.data, app) for app in plan.settings.apps]
    return _welcome(plan, options, keys)


async def _ready(plan: Plan, options: UpOptions) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    checks = [f"{_api_url(plan.settings)}/readyz"]
    if plan.sandbox:
        checks.append(f"http://{plan.sandbox.host}:{plan.sandbox.api_port}/healthz")
    vendors = {vendor for app in plan.settings.apps.values() for vendor in app.vendors}
    admin = Admin(plan.settings.gearman.servers, plan.settings.gearman.timeout)
    async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
        while time.monotonic() < deadline:
            if await _answers(client, checks) and await _served(admin, vendors):
                return
            await asyncio.sleep(0.1)
    raise ChildFailed(f"not ready after {_READY_WITHIN:g} s; see the logs in {options.data / 'logs'}")


async def _answers(client: httpx.AsyncClient, urls: Sequence[str]) -> bool:
    try:
        return all([(await client.get(url)).status_code == 200 for url in urls])
    except httpx.HTTPError:
        return False


async def _served(admin: Admin, vendors: set[str]) -> bool:
    try:
        served = {item.name for item in await admin.status() if item.workers}
    except EngineUnavailable:
        return False
    return all(function(vendor) in served for vendor in vendors)


async def _key_file(settings: Settings, data: Path, app: str) -> Path:
    """The file with an API key of the app; a key is made for an app that has none that works."""
    file = data / f"{app}.key"
    async with wiring.keys(settings) as ring:
        if file.exists():
            with contextlib.suppress(PushgateError):
                await ring.recognise(file.read_text("utf-8").strip())
                return file
        elif await ring.list(app):
            return file  # it has keys that were made by hand
        key = await ring.create(app, [Scope.PUSH, Scope.READ, Scope.TERMINALS], "made by pushgate up")
    _write(file, key + "\n")
    return file


def _welcome(plan: Plan, options: UpOptions, keys: Sequence[Path]) -> str:
    url = _api_url(plan.settings)
    lines = [f"Pushgate is ready: {url}  (API description: {url}/openapi.json)"]
    lines += [f"  API key of {file.stem}: {file}" for file in keys if file.exists()]
    if plan.sandbox:
        lines.append(
            f"  What the simulated vendors received: http://{plan.sandbox.host}:{plan.sandbox.api_port}/received"
        )
        token = secrets.token_hex(32)
        lines += [
            "Try it:",
            f'  curl -X POST {url}/v1/messages -H "Authorization: Bearer $(cat {keys[0]})" \\',
            '    -H \'Content-Type: application/json\' -d \'{"content": {"en": {"title": "Hello", "body": "It works"}},'
            f' "audience": {{"tokens": [{{"vendor": "apns", "token": "{token}"}}]}}}}\'',
        ]
    lines.append(f"  Logs: {options.data / 'logs'}   Stop: Ctrl-C")
    return "\n".join(lines) + "\n"


def _sandbox(options: UpOptions, api: str) -> SandboxOptions:
    return SandboxOptions(
        folder=options.data / "sandbox",
        port=_free_port("127.0.0.1", options.sandbox_port, "--sandbox-port"),
        api_port=_free_port("127.0.0.1", options.sandbox_api_port, "--sandbox-api-port"),
        report_to=api if options.reports else None,
    )


def _sandbox_arguments(sandbox: SandboxOptions) -> list[str]:
    arguments = ["--data", str(sandbox.folder), "--host", sandbox.host, "--port", str(sandbox.port)]
    arguments += ["--api-port", str(sandbox.api_port)]
    return arguments + (["--report-to", sandbox.report_to] if sandbox.report_to else [])


def _api_url(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.api.host, settings.api.host)  # noqa: S104  # read, not bound
    return f"http://{host}:{settings.api.port}"


def _free_port(host: str, port: int, option: str) -> int:
    """The port, if it is free; for 0 one that is. Raises ConfigurationError that names the option."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as probe:
            chosen: int = probe.getsockname()[1]
            return chosen
    except OSError as error:
        told = f"port {port} on {host} is taken by another program; choose another with {option}"
        raise ConfigurationError([Fault(option, told)]) from error


def _is_set(settings: Settings, section: str, name: str) -> bool:
    """Whether the file or the environment sets it."""
    return section in settings.model_fields_set and name in getattr(settings, section).model_fields_set


def _write(file: Path, text: str) -> None:
    """For our eyes only: it holds secrets."""
    partial = file.with_name(file.name + ".partial")
    partial.touch(mode=0o600)
    partial.write_text(text, "utf-8")
    partial.replace(file)
