"""Jobs for Gearman, and a handler that remembers them."""

import asyncio
from datetime import timedelta

from tests.support.engines import Engine

from pushgate.dispatch.gearman_admin import GearmanAdmin
from pushgate.dispatch.job import BlockJob, BundleJob, Job, decode
from pushgate.domain.message import Priority
from pushgate.domain.terminal import Group

LONG = timedelta(seconds=10)


def job(number: int, vendor: str = "apns", priority: Priority = Priority.NORMAL) -> BlockJob:
    """A job whose block has this number."""
    return BlockJob(
        app="shop",
        message_id=f"{number:028x}",
        group=Group(vendor, "en"),
        shard=0,
        blocks=(number,),
        priority=priority,
    )


def bundle_job(number: int, vendor: str = "apns", priority: Priority = Priority.NORMAL) -> BundleJob:
    """A job for the bundle of this number."""
    return BundleJob(app="shop", shard=0, bundle=number, vendor=vendor, priority=priority)


def block_job(raw: bytes) -> BlockJob:
    """The bytes of a job for blocks, read."""
    read = decode(raw)
    assert isinstance(read, BlockJob)
    return read


def number_of(given: Job) -> int:
    """The number that `job` or `bundle_job` gave the job."""
    return given.bundle if isinstance(given, BundleJob) else given.blocks[0]


async def queued(server: Engine, function: str) -> int:
    """How many jobs of a function a server has, running ones too."""
    states = await GearmanAdmin([server.url], 3).status()
    return {state.name: state.queued for state in states}[function]


class JobRecorder:
    """A handler of jobs that remembers those it has done.

    While it is held, jobs run and do not end.
    """

    def __init__(self) -> None:
        self.done: list[Job] = []
        self.running = 0
        self._changed = asyncio.Event()
        self._released = asyncio.Event()
        self._released.set()

    async def __call__(self, job: Job) -> None:
        self.running += 1
        self._changed.set()
        await self._released.wait()
        self.running -= 1
        self.done.append(job)
        self._changed.set()

    def hold(self) -> None:
        """Let no job end."""
        self._released.clear()

    def resume(self) -> None:
        """Let jobs end again."""
        self._released.set()

    async def until_done(self, count: int) -> list[Job]:
        """Wait until so many jobs are done; returns all that are."""
        async with asyncio.timeout(20):
            while len(self.done) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.done

    async def until_running(self, count: int) -> None:
        """Wait until so many jobs run."""
        async with asyncio.timeout(20):
            while self.running < count:
                self._changed.clear()
                await self._changed.wait()
