"""A load from its start to its report."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from pushgate.cli.client.load.app import load_app
from pushgate.cli.client.load.cpu import cpu_seconds
from pushgate.cli.client.load.plan import LoadPlan
from pushgate.cli.client.load.report import Measured, Report, add_results, make_report
from pushgate.cli.client.load.sandbox import LoadSandbox
from pushgate.cli.client.load.sending import Sender, Sent, results_of
from pushgate.cli.client.long_work import LongWork, long_work
from pushgate.cli.client.server import Server
from pushgate.cli.client.session import is_here
from pushgate_client import AsyncPushgate, PushgateError, types

_TIMEOUT = 30.0
_KNOWN_EVERYWHERE = 2.5
"""Seconds after which every process knows a new app."""
_LOOK_EVERY = 0.25
_DELETED_AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """Where a load goes. `app` is None for one of its own. `settle` is how many seconds the last
    pushes may take.
    """

    server: Server
    sandbox: str
    app: str | None
    settle: float


async def run_load(plan: LoadPlan, options: LoadOptions) -> Report:
    """Send the load and wait until its pushes arrived. What was made for it is removed, however it
    ends. Raises CommandError and PushgateError.
    """
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        sandbox = LoadSandbox(options.sandbox, http)
        sections = await sandbox.sections(plan.vendors)
        operator = await stack.enter_async_context(_client(options.server.url, options.server.key))
        key = await stack.enter_async_context(load_app(operator, plan, sections, options.app))
        pushgate = await stack.enter_async_context(_client(options.server.url, key))
        if options.app is None:
            await asyncio.sleep(_KNOWN_EVERYWHERE)  # no call tells which processes know an app
        await stack.enter_async_context(_terminals(pushgate, plan, keep=options.app is None))
        return await _measure(plan, options, _Parties(operator, pushgate, sandbox))


@asynccontextmanager
async def _client(url: str, key: str) -> AsyncIterator[AsyncPushgate]:
    """A client whose calls are attempted once, so that each is measured."""
    limits = httpx.Limits(max_connections=256, max_keepalive_connections=256)
    trust = not is_here(url)
    async with (
        httpx.AsyncClient(timeout=_TIMEOUT, trust_env=trust, limits=limits) as http,
        AsyncPushgate(url, key, max_attempts=1, http=http) as pushgate,
    ):
        yield pushgate


@asynccontextmanager
async def _terminals(pushgate: AsyncPushgate, plan: LoadPlan, *, keep: bool) -> AsyncIterator[None]:
    """Register the load's terminals, and forget them afterwards unless their app goes with them."""
    try:
        await pushgate.terminals.import_all(list(plan.registrations()))
        yield
    finally:
        for first in range(0, 0 if keep else plan.terminals, _DELETED_AT_ONCE):
            part = range(first, min(first + _DELETED_AT_ONCE, plan.terminals))
            await asyncio.gather(*(pushgate.terminals.delete(plan.terminal_id(n)) for n in part))


@dataclass(frozen=True, slots=True)
class _Parties:
    """Whom a load talks with: the operator's client, the app's, and the sandbox."""

    operator: AsyncPushgate
    pushgate: AsyncPushgate
    sandbox: LoadSandbox


async def _measure(plan: LoadPlan, options: LoadOptions, parties: _Parties) -> Report:
    sandbox = parties.sandbox
    await sandbox.skip()
    before, cpu_before = await sandbox.counts(plan.vendors), cpu_seconds(await _processes(parties.operator))
    sender, start = Sender(parties.pushgate, plan), time.monotonic()
    with long_work("pushes") as work:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(sender.send())
            last = await _watch(plan, options.settle, _Watched(sandbox, before, sender, sending), work)
    cpu_after = cpu_seconds(await _processes(parties.operator))
    sent, results = sender.sent, Counter[str]()
    async for found in results_of(parties.pushgate, [*sent.message_ids.values(), *sent.broadcast_ids]):
        add_results(results, found)
    after = await sandbox.counts(plan.vendors)
    measured = Measured(
        app=options.app or f"load-{plan.run}",
        stored=len(sent.message_ids) + len(sent.broadcast_ids),
        seconds=max(last - start, 0.001),
        post_seconds=sent.post_seconds,
        vendor_seconds=list(_waited(sent, sandbox)),
        errors=sent.errors,
        results=results,
        sandbox={name: after[name] - count for name, count in before.items()},
        cpu_seconds={kind: cpu_after.get(kind, 0) - spent for kind, spent in cpu_before.items()},
    )
    return make_report(plan, measured)


def _waited(sent: Sent, sandbox: LoadSandbox) -> Iterator[float]:
    """Seconds from the instant a small message was due to its arrival at the vendor."""
    for number in sent.message_ids:
        if number in sandbox.arrived_at:
            yield (sandbox.arrived_at[number] - sent.due_at[number]).total_seconds()


@dataclass(frozen=True, slots=True)
class _Watched:
    """A load under way, and what the sandbox had counted before."""

    sandbox: LoadSandbox
    before: Mapping[str, int]
    sender: Sender
    sending: asyncio.Task[None]

    def expected(self, plan: LoadPlan) -> int:
        """How many pushes the messages stored so far will bring."""
        return len(self.sender.sent.message_ids) + len(self.sender.sent.broadcast_ids) * plan.terminals


async def _watch(plan: LoadPlan, settle: float, watched: _Watched, work: LongWork) -> float:
    """Show how many pushes arrived, until all did or nothing came for `settle` seconds. Return the
    instant, of the monotonic clock, at which the last ones were seen.
    """
    total, arrived = plan.small_messages + plan.broadcasts * plan.terminals, 0
    last = time.monotonic()
    while True:
        over = watched.sending.done()
        await watched.sandbox.look(plan)
        counts = await watched.sandbox.counts(plan.vendors)
        now, found = time.monotonic(), counts["accepted"] - watched.before["accepted"]
        if found != arrived or not over:
            arrived, last = found, now
        work.done(arrived, min(1.0, arrived / max(1, total)))
        if over and (arrived >= watched.expected(plan) or now - last >= settle):
            return last
        await asyncio.sleep(_LOOK_EVERY)  # between two looks


async def _processes(operator: AsyncPushgate) -> list[types.Process]:
    try:
        return (await operator.operations.status()).get("processes", [])
    except PushgateError:  # the load does not depend on it
        return []
