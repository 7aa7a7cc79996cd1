"""How a running process is seen from outside: heartbeats, and a port with metrics and probes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from prometheus_client import CollectorRegistry, ProcessCollector

from pushgate.api.server import Server
from pushgate.apps.live_apps import LiveApps
from pushgate.fleet.probe import create_probe
from pushgate.fleet.watch import Watch
from pushgate.processes.identity import ProcessIdentity
from pushgate.processes.listener import listen, metrics_url
from pushgate.runtime import tasks
from pushgate.settings.api import ApiSettings
from pushgate.settings.processes import MetricsSettings

_GRACE_PERIOD = timedelta(seconds=1)


@asynccontextmanager
async def beating(watch: Watch, stop: asyncio.Event) -> AsyncIterator[None]:
    """Beat while the context is open.

    Sets `stop` in a process that must not go on with its store; raises ConfigurationError once the
    context is closed.
    """
    await watch.beat()
    heart = asyncio.create_task(watch.run())
    heart.add_done_callback(lambda _: stop.set())
    try:
        yield
    finally:
        refusal = heart.exception() if heart.done() and not heart.cancelled() else None
        await tasks.cancel_and_wait(heart)
    if refusal:
        raise refusal


@asynccontextmanager
async def observed(
    identity: ProcessIdentity,
    apps: LiveApps,
    section: MetricsSettings,
    metrics: CollectorRegistry,
    *,
    stop: asyncio.Event,
    serves: Callable[[], tuple[tuple[str, str], ...]] = tuple,
) -> AsyncIterator[None]:
    """Beat, and serve metrics and probes on a port of their own, while the context is open.

    Raises ConfigurationError as `beating` does, and where the port is taken.
    """
    listener = listen(section.host, section.port, "metrics.port")
    watch = identity.watch(apps, metrics_url(listener), serves)
    ProcessCollector(registry=metrics)
    server = Server(create_probe(metrics, watch), ApiSettings(), listener, _GRACE_PERIOD)
    serving = asyncio.create_task(server.serve())
    try:
        async with beating(watch, stop):
            yield
    finally:
        server.should_exit = True
        await serving
