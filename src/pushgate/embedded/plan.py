"""What `pushgate up` is to run: settings and options in, programs with their commands out."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import tomli_w

from pushgate.apps.opening import open_apps
from pushgate.domain.clock import SystemClock
from pushgate.embedded import gearman, valkey
from pushgate.embedded.child import Program
from pushgate.embedded.demo import DEMO_APP, Demo
from pushgate.embedded.master_key import ensure_master_key
from pushgate.embedded.ports import free_port
from pushgate.embedded.private_files import write_private
from pushgate.processes.configuration import CHECK_ONLY_TOKENS
from pushgate.processes.sealing import open_sealer
from pushgate.processes.silent_adapters import sends_nothing
from pushgate.settings.model import Settings
from pushgate.settings.secrets import revealed

_PUSHGATE = (sys.executable, "-P", "-m", "pushgate")
"""-P: files of the working directory are not imported, whatever their names are."""
_ENGINE_HOST = "127.0.0.1"
_VALKEY_STOP_TIMEOUT = 30
_SCHEDULER_STOP_TIMEOUT = 20
_WEBHOOKS_STOP_TIMEOUT = 25
_API_STOP_TIMEOUT = 25
_AFTER_DRAIN = 5
"""Seconds that a worker gets to stop after its drain timeout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """The options of the command line. A port of 0 is replaced by a free one."""

    data: Path = Path(".pushgate")
    workers: int = 1
    gearman_port: int = 0
    prefer_gear: bool = False
    empty: bool = False
    """Leave the demo app without phones and history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The programs to start, in order, and the settings that all of them use."""

    settings: Settings
    engines: Sequence[Program]
    programs: Sequence[Program]
    demo: Demo | None
    source: Path | None
    """The file that the settings came from, if any."""
    file: Path
    """The configuration of all processes, which `pushgate up` writes."""
    owns_store: bool
    """Whether Redis is one of the engines, so that no other program uses the store."""


def make_plan(settings: Settings, options: UpOptions, demo: Demo | None) -> Plan:
    """Choose ports, prepare the engines' folders, and write the configuration of all processes.

    Engines are planned only where the settings name none. Raises ConfigurationError for bad
    settings of vendors or master keys, for a port that is taken and for an engine that is not
    installed.
    """
    engines: list[Program] = []
    changes: dict[str, object] = {"log": settings.log.model_dump()}
    if not _is_set(settings, "redis", "url") and not settings.redis.has_several:
        server = valkey.prepare(options.data / "valkey")
        engines.append(_valkey_program(server))
        changes["redis"] = {**settings.redis.model_dump(), "url": server.url}
    if not _is_set(settings, "gearman", "servers"):
        port = free_port(_ENGINE_HOST, options.gearman_port, "--gearman-port")
        engines.append(_gearman_program(port, options))
        changes["gearman"] = {**settings.gearman.model_dump(), "servers": (f"{_ENGINE_HOST}:{port}",)}
    changes |= _changes_of_api(settings, demo)
    if not _is_set(settings, "restore", "hold_after"):
        # A computer that was off for a night has no copy of its store.
        changes["restore"] = {"hold_after": timedelta(0)}
    if settings.vendors.allow_endpoints is None:
        changes["vendors"] = {**settings.vendors.model_dump(), "allow_endpoints": True}
    if settings.webhooks.allow_loopback is None:
        changes["webhooks"] = {**settings.webhooks.model_dump(), "allow_loopback": True}
    if demo:
        changes["apps"] = {DEMO_APP: {"default_language": "en", **demo.sections}}
    effective = Settings.model_validate({**settings.model_dump(), **changes})
    # Faults of vendors' sections are reported here: otherwise each process would die of them.
    open_apps(effective, sends_nothing(SystemClock(), CHECK_ONLY_TOKENS))
    effective = ensure_master_key(effective, options.data)
    open_sealer(effective)
    file = options.data / "run.toml"
    write_settings(effective, file)
    return Plan(
        settings=effective,
        engines=engines,
        programs=_programs(effective, options.workers, file, demo),
        demo=demo,
        source=settings.file,
        file=file,
        owns_store="redis" in changes,
    )


def write_settings(settings: Settings, file: Path) -> None:
    """Write the configuration of all processes. It contains secrets."""
    written = settings.model_dump(mode="json", exclude_none=True)
    written["secrets"] |= revealed(settings.secrets)
    written["redis"] |= revealed(settings.redis)
    if settings.console.oidc:
        written["console"]["oidc"] |= revealed(settings.console.oidc)
    write_private(file, tomli_w.dumps(written))


def with_apps_of(plan: Plan, found: Settings) -> Settings:
    """The settings of the plan with the apps of settings that were read again. The demo's stay.

    Raises ConfigurationError for bad settings of vendors.
    """
    if plan.demo:
        return plan.settings
    changed = plan.settings.model_copy(update={"apps": found.apps})
    open_apps(changed, sends_nothing(SystemClock(), CHECK_ONLY_TOKENS))
    return changed


def _is_set(settings: Settings, section: str, name: str) -> bool:
    """Whether the file or the environment sets it."""
    return section in settings.model_fields_set and name in getattr(settings, section).model_fields_set


def _valkey_program(server: valkey.ValkeyServer) -> Program:
    return Program(
        name="valkey",
        command=server.command,
        environment=server.environment,
        descriptors=(server.lock,),
        stop_timeout=_VALKEY_STOP_TIMEOUT,
    )


def _gearman_program(port: int, options: UpOptions) -> Program:
    command = gearman.server_command(_ENGINE_HOST, port, prefer_gear=options.prefer_gear)
    return Program(name="gearman", command=command)


def _changes_of_api(settings: Settings, demo: Demo | None) -> dict[str, object]:
    """The section of the API with a port that is free, and for the demo with a public URL."""
    port = free_port(settings.api.host, settings.api.port, "--port")
    section: dict[str, object] = {**settings.api.model_dump(), "port": port}
    if demo and demo.reports:
        section["public_url"] = settings.api.public_url or _demo_api_url(port)
    return {"api": section}


def _demo_api_url(port: int) -> str:
    return f"http://{_ENGINE_HOST}:{port}"


def _programs(settings: Settings, workers: int, file: Path, demo: Demo | None) -> list[Program]:
    """The processes of Pushgate: the sandbox first, the API last."""
    config = ("--config", str(file.resolve()))
    programs = []
    if demo:
        arguments = demo.arguments(_demo_api_url(settings.api.port))
        programs.append(Program(name="sandbox", command=(*_PUSHGATE, *arguments)))
    programs.append(
        Program(
            name="scheduler",
            command=(*_PUSHGATE, "scheduler", *config),
            stop_timeout=_SCHEDULER_STOP_TIMEOUT,
            reloads=True,
        )
    )
    drain = settings.worker.drain_timeout.total_seconds()
    programs += [
        Program(
            name=f"worker-{number}",
            command=(*_PUSHGATE, "worker", *config),
            stop_timeout=drain + _AFTER_DRAIN,
            reloads=True,
        )
        for number in range(1, workers + 1)
    ]
    programs.append(
        Program(
            name="webhook-sender",
            command=(*_PUSHGATE, "webhook-sender", *config),
            stop_timeout=_WEBHOOKS_STOP_TIMEOUT,
            reloads=True,
        )
    )
    # The address is given as options, for they win over the environment, which wins over the file.
    address = ("--host", settings.api.host, "--port", str(settings.api.port))
    programs.append(
        Program(
            name="api",
            command=(*_PUSHGATE, "api", *config, *address),
            stop_timeout=_API_STOP_TIMEOUT,
            reloads=True,
        )
    )
    return programs
