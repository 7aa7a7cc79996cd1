"""Workers note when a credential was used and refused. Where a vendor refuses a new one, the
previous one takes its place for its time.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from tests.support.apps import configured_vendor, open_adapters
from tests.support.clock import SetClock
from tests.support.pipeline import Pipeline, create_pipeline
from tests.support.sandbox import Sandbox

from pushgate.adapters.contract import Adapter
from pushgate.apps.catalog import RETRY_REFUSED, OtherVendor
from pushgate.http2.credentials import NoCredentialStore
from pushgate.receipts.callback_token import CallbackTokens
from pushgate.settings.loading import parse

TERMINALS = 20


@pytest.fixture
async def wrong(sandbox: Sandbox, clock: SetClock) -> AsyncIterator[Adapter]:
    """An adapter with a credential that the vendor refuses."""
    section = {**sandbox.sections()["huawei"], "app_secret": "wrong"}
    settings = parse({"apps": {"shop": {"huawei": section}}})
    opened = open_adapters(settings, clock, NoCredentialStore(), CallbackTokens(b""))
    adapter = opened["shop", "huawei"]
    yield adapter
    await adapter.close()


def rotated(pipeline: Pipeline, previous: Adapter, clock: SetClock, reserve: timedelta) -> None:
    """The pipeline's credential is new, and this one is kept in reserve."""
    new = pipeline.vendors["huawei"]
    other = OtherVendor(configured_vendor("huawei", previous), clock.now() + reserve)
    pipeline.vendors["huawei"] = replace(new, previous=other)


async def test_a_refused_credential_gives_way_to_the_previous_one(
    redis: Redis, clock: SetClock, adapters: dict[str, Adapter], wrong: Adapter
) -> None:
    pipeline = create_pipeline(redis, clock, {"huawei": wrong})
    rotated(pipeline, adapters["huawei"], clock, timedelta(hours=1))
    await pipeline.register(TERMINALS, "huawei")
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert await pipeline.states(message) == {"pending": TERMINALS}
    clock.advance(60)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"accepted": TERMINALS}
    await pipeline.run_job.drain(timedelta(0))
    use = (await pipeline.stores.credential_use.read("shop"))["huawei"]
    assert use.refusal is not None
    assert use.refusal.at == clock.now() - RETRY_REFUSED
    assert use.used_at == clock.now()


async def test_a_reserve_whose_time_is_over_is_not_used(
    redis: Redis, clock: SetClock, adapters: dict[str, Adapter], wrong: Adapter
) -> None:
    pipeline = create_pipeline(redis, clock, {"huawei": wrong})
    rotated(pipeline, adapters["huawei"], clock, timedelta(0))
    await pipeline.register(TERMINALS, "huawei")
    message = await pipeline.dispatch()
    await pipeline.run_jobs()
    clock.advance(60)
    await pipeline.run_due_jobs()
    assert await pipeline.states(message) == {"pending": TERMINALS}
