"""`pushgate up`: engines, sandbox, API, scheduler and workers on one machine.

Nothing needs to be installed or configured before.
"""

import asyncio
import contextlib
import signal
import sys
import termios
from collections.abc import Awaitable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from pushgate.domain.errors import ConfigurationError
from pushgate.embedded.addresses import api_url
from pushgate.embedded.child import Program
from pushgate.embedded.console_link import make_link
from pushgate.embedded.demo import DEMO_APP, Demo, configure_consoles
from pushgate.embedded.demo_seeding import seeding
from pushgate.embedded.key_files import ensure_key_files
from pushgate.embedded.migration import migrate_embedded
from pushgate.embedded.plan import Plan, UpOptions, make_plan, with_apps_of, write_settings
from pushgate.embedded.readiness import wait_for_embedded_redis, wait_until_ready
from pushgate.embedded.shell_file import write_shell_file
from pushgate.embedded.supervisor import Supervisor
from pushgate.embedded.welcome import welcome_text
from pushgate.processes.administration import callback_keys
from pushgate.processes.configuration import load
from pushgate.runtime import logs
from pushgate.settings.model import Settings

_log = logs.get("supervisor")


async def up(settings: Settings, options: UpOptions, demo: Demo | None) -> None:
    """Run everything until SIGINT or SIGTERM. Raises PushgateError when something cannot run."""
    plan = make_plan(settings, options, demo)
    supervisor = Supervisor(options.data / "logs")
    stop = _stop_on_signals(supervisor)
    _reload_on_signal(plan, supervisor, stop)
    stopping = asyncio.create_task(stop.wait())
    try:
        starting = asyncio.create_task(_start(plan, options.data, supervisor))
        await _wait_for_any(starting, stopping, supervisor.failed)
        _raise_failure(supervisor)
        if starting.done():
            _say(starting.result())
            async with _filled_demo(plan, options):
                await _wait_for_any(stopping, supervisor.failed)
            _raise_failure(supervisor)
        else:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
    finally:
        stopping.cancel()
        await supervisor.stop()


def _stop_on_signals(supervisor: Supervisor) -> asyncio.Event:
    """An event that SIGINT and SIGTERM set. The second signal kills all programs at once."""
    stop = asyncio.Event()

    def interrupted() -> None:
        if stop.is_set():
            supervisor.kill()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted)
    return stop


def _reload_on_signal(plan: Plan, supervisor: Supervisor, stop: asyncio.Event) -> None:
    """On SIGHUP, write the apps of the file for all processes, and let them reload.

    A terminal that is closed sends SIGHUP, too: then everything stops.
    """
    had_terminal = _has_terminal()

    def reload() -> None:
        if had_terminal and not _has_terminal():
            stop.set()
            return
        try:
            write_settings(with_apps_of(plan, load(plan.source)), plan.file)
        except ConfigurationError as error:
            _log.error("the configuration was not reloaded", action="reload_failed", error=str(error))
            return
        for program in plan.programs:
            if program.reloads:
                supervisor.hang_up(program.name)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)


def _has_terminal() -> bool:
    try:
        termios.tcgetattr(sys.stdin)
    except (termios.error, OSError, ValueError):
        return False
    return True


async def _wait_for_any(*futures: Awaitable[object]) -> None:
    await asyncio.wait(map(asyncio.ensure_future, futures), return_when=asyncio.FIRST_COMPLETED)


def _raise_failure(supervisor: Supervisor) -> None:
    if supervisor.failed.done():
        raise supervisor.failed.result()


async def _start(plan: Plan, data: Path, supervisor: Supervisor) -> str:
    """Start everything and wait until it works. Returns what to tell the user."""
    _say_start(plan.engines)
    for program in plan.engines:
        await supervisor.start(program)
    if plan.engines:
        await wait_for_embedded_redis(plan.settings)
    if plan.owns_store:
        await migrate_embedded(plan.settings, _say)
    keys = await ensure_key_files(plan.settings, data)
    # With a wrong master key every process would die of what ends the command here.
    await callback_keys(plan.settings)
    _say_start(plan.programs)
    for program in plan.programs:
        await supervisor.start(program)
    await wait_until_ready(plan, data / "logs")
    if plan.demo and plan.demo.reports:
        await configure_consoles(plan.settings, plan.demo)
    link = await make_link(plan.settings, keys.key_ids)
    return welcome_text(plan, data, write_shell_file(plan, data), link)


def _filled_demo(plan: Plan, options: UpOptions) -> AbstractAsyncContextManager[None]:
    """Fill the demo app in the background, where there is one and it is to be filled."""
    if plan.demo is None or options.empty:
        return contextlib.nullcontext()
    return seeding(api_url(plan.settings), options.data, options.data / f"{DEMO_APP}.key")


def _say_start(programs: Sequence[Program]) -> None:
    if programs:
        _say(f"Starting {', '.join(program.name for program in programs)}\n")


def _say(text: str) -> None:
    """Print at once, also into a pipe."""
    sys.stdout.write(text)
    sys.stdout.flush()
