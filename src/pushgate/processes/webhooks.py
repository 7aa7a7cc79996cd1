"""The webhooks process: posts events to receivers, until SIGTERM or SIGINT."""

import os
from contextlib import AsyncExitStack
from dataclasses import replace

from prometheus_client import CollectorRegistry

from pushgate.domain.clock import SystemClock
from pushgate.events.arrivals import Arrivals
from pushgate.events.feed import EventFeed
from pushgate.processes.identity import ProcessIdentity
from pushgate.processes.launch import CLEANUP_LIMIT, GRACE_PERIOD, report_ready, run_process
from pushgate.processes.observation import observed
from pushgate.processes.parts import following, open_live_apps, open_redis
from pushgate.processes.silent_adapters import sends_nothing
from pushgate.processes.tracing import open_tracer
from pushgate.runtime.shutdown import stop_on_signals
from pushgate.settings.model import Settings
from pushgate.stores import Stores
from pushgate.webhooks.event_streams import EventStreams
from pushgate.webhooks.lane import LaneContext
from pushgate.webhooks.metrics import WebhookMetrics
from pushgate.webhooks.posting import Webhooks, open_posting
from pushgate.webhooks.sender import Sender, SenderContext

KIND = "webhooks"
NICENESS = 10
"""The niceness of this process. Processes that send pushes take precedence on shared cores, because
events can wait in the store.
"""


def run_webhooks(settings: Settings) -> None:
    """Post events to the receivers of webhooks, until SIGTERM or SIGINT.

    Raises ConfigurationError, EngineUnavailable.
    """
    os.nice(NICENESS)
    run_process(settings, KIND, _run(settings))


async def _run(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        posting = stack.enter_context(open_posting(settings.webhooks, clock))
        tracer = await stack.enter_async_context(open_tracer(settings.traces, KIND))
        redis = await stack.enter_async_context(open_redis(settings))
        identity = await ProcessIdentity.open(KIND, redis, settings)
        await stack.enter_async_context(following(identity.callback_keys))
        stores = Stores.open(redis, clock, settings.retention, content_retention=settings.content_retention)
        adapters = sends_nothing(clock, identity.callbacks)
        apps = await stack.enter_async_context(
            open_live_apps(settings, identity, stores.registered_apps, adapters)
        )
        metrics = CollectorRegistry()
        feed = EventFeed(stores, redis, clock, settings.events.retention)
        arrivals = Arrivals(stores.event_log)
        stack.push_async_callback(arrivals.close)
        streams = EventStreams(stores.event_log, feed, arrivals, clock)
        lanes = LaneContext(
            webhooks=Webhooks.open(redis, identity.sealer, streams, replace(posting, tracer=tracer)),
            metrics=WebhookMetrics(metrics),
            give_up_after=settings.webhooks.give_up_after,
        )
        sender = Sender(
            SenderContext(
                lanes=lanes,
                holder=identity.id,
                senders=lambda: _count_senders(stores),
                apps=stores.registered_apps.all_apps,
            )
        )
        stop = stop_on_signals(GRACE_PERIOD + CLEANUP_LIMIT)
        async with observed(identity, apps, settings.metrics, metrics, stop=stop):
            report_ready(KIND)
            await sender.run(stop)


async def _count_senders(stores: Stores) -> int:
    processes = await stores.heartbeats.read()
    return sum(process.alive and process.description.kind == KIND for process in processes)
