"""Reads the configuration again on SIGHUP. Apps of the file, master keys, callback keys, and the
level of logs take effect at once. What else has changed is named in the log.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from pydantic import BaseModel

from pushgate.apps.adapter_uses import close_all
from pushgate.apps.catalog import ConfiguredApp, ConfiguredVendor
from pushgate.apps.live_apps import LiveApps
from pushgate.apps.opening import OpeningContext, open_apps
from pushgate.domain.errors import ConfigurationError, EngineUnavailable
from pushgate.processes.configuration import load
from pushgate.processes.identity import ProcessIdentity
from pushgate.processes.sealing import configured_callback_keys, open_sealer
from pushgate.runtime import logs, tasks
from pushgate.settings.model import Settings

_TAKES_EFFECT = frozenset(
    {
        "apps",
        "log",
        "secrets.key",
        "secrets.key_file",
        "secrets.callback_key",
        "secrets.callback_key_file",
    }
)
_OF_COMMAND_LINE = frozenset({"api.host", "api.port", "worker.vendors"})
"""Settings that options of the command line may override, so that a difference means nothing."""
_log = logs.get("process")


class Reloading:
    """Takes in the configuration of one process anew."""

    def __init__(self, identity: ProcessIdentity, apps: LiveApps, context: OpeningContext) -> None:
        self._identity = identity
        self._apps = apps
        self._context = context
        self._settings = identity.settings

    async def reload(self) -> None:
        """Read the file again. A bad one changes nothing, and is reported in the log."""
        try:
            found = await asyncio.to_thread(load, self._settings.file)
            keys = open_sealer(found).keys
            callback_keys = configured_callback_keys(found)
            await self._take_in_apps(found)
        except (ConfigurationError, EngineUnavailable) as error:
            _log.error("the configuration was not reloaded", action="reload_failed", error=str(error))
            return
        self._identity.sealer.keys = keys
        await self._take_in_callback_keys(callback_keys)
        with contextlib.suppress(EngineUnavailable):  # the next change of apps opens them
            await self._apps.reopen()
        logs.configure(found.log.level, found.log.format, self._identity.kind)
        waiting = sorted(changed_settings(self._settings, found) - _TAKES_EFFECT - _OF_COMMAND_LINE)
        self._settings = found
        _log.info("configuration reloaded", action="reloaded", apps=len(found.apps))
        if waiting:
            names = ", ".join(waiting)
            _log.warning("some changed settings need a restart", action="restart_needed", settings=names)

    async def _take_in_callback_keys(self, keys: Sequence[bytes]) -> None:
        try:
            await self._identity.callback_keys.configure(keys)
        except (ConfigurationError, EngineUnavailable) as error:
            _log.error("the callback keys were not read", action="reload_failed", error=str(error))

    async def _take_in_apps(self, found: Settings) -> None:
        opened = open_apps(found, self._context)
        kept = {name: _keeping(app, self._apps.filed.get(name)) for name, app in opened.items()}
        try:
            await self._apps.reload(kept)
        finally:
            used = {id(one) for app in self._apps.filed.values() for one in app.adapters}
            new = (one for app in opened.values() for one in app.adapters)
            await close_all(one for one in new if id(one) not in used)


@asynccontextmanager
async def reloading(reloading: Reloading) -> AsyncIterator[None]:
    """Reload on SIGHUP while the context is open, one time after the other."""
    loop, hung_up = asyncio.get_running_loop(), asyncio.Event()

    async def follow() -> None:
        while True:
            await hung_up.wait()
            hung_up.clear()
            await reloading.reload()

    loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    following = asyncio.create_task(follow())
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        await tasks.cancel_and_wait(following)


def changed_settings(before: Settings, after: Settings) -> set[str]:
    """The names of settings that differ, `<section>.<setting>` in sections; `apps` is one."""
    return {name for name, value in _flat(after) if value != dict(_flat(before)).get(name)}


def _flat(settings: Settings) -> Iterator[tuple[str, object]]:
    for name, value in settings:
        if isinstance(value, BaseModel) and name != "log":
            yield from ((f"{name}.{inner}", setting) for inner, setting in value)
        else:
            yield name, value


def _keeping(opened: ConfiguredApp, before: ConfiguredApp | None) -> ConfiguredApp:
    """The app, with the vendors of `before` whose sections are the same: their connections stay."""
    known: Mapping[str, ConfiguredVendor] = before.vendors if before else {}
    vendors = {
        name: known[name] if name in known and known[name].digest == vendor.digest else vendor
        for name, vendor in opened.vendors.items()
    }
    return replace(opened, vendors=vendors)
