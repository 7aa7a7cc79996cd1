"""Small messages count in a vendor's daily quotas as large ones do."""

from datetime import timedelta

import pytest
from tests.support.bundle_jobs import BundleWorld
from tests.support.pipeline import Pipeline
from tests.support.quotas import MARKETING, limit, state
from tests.support.sandbox import Sandbox

from pushgate.domain.message import Category, Options
from pushgate.domain.push_class import PushClass, next_vendor_day
from pushgate.quotas.quota import QuotaState

NAMES = [f"vivo-{number}" for number in range(6)]


@pytest.fixture(autouse=True)
def morning(pipeline: Pipeline) -> None:
    pipeline.clock.to_morning()


async def test_pushes_of_a_bundle_wait_by_class(
    world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox
) -> None:
    limit(pipeline, marketing=4, service=2)
    await pipeline.register(6, "vivo", dead=1)
    codes = Options(category=Category.ACCOUNT, ttl=timedelta(days=3))
    await world.send([*world.to_each(*NAMES, options=MARKETING), *world.to_each(*NAMES[1:3], options=codes)])
    assert await world.states() == {"accepted": 5, "invalid": 1, "pending": 2}
    assert await state(pipeline, 4) == QuotaState(4, used=3, wanted=(0, 2, 0))
    assert await state(pipeline, 2, PushClass.SERVICE) == QuotaState(2, used=2)
    assert {slot.label for slot in await world.slots() if slot.state == "pending"} == {
        "vivo|expired|quota|never sent: the quota of the vendor's day was used up"
    }
    pipeline.clock.advance(310)
    await world.run_due()
    assert await world.states() == {"accepted": 6, "invalid": 1, "pending": 1}
    pipeline.clock.at = next_vendor_day(pipeline.clock.now()) + timedelta(minutes=6)
    await world.run_due()
    assert await world.states() == {"accepted": 7, "invalid": 1}


async def test_the_vendor_knows_better(world: BundleWorld, pipeline: Pipeline, sandbox: Sandbox) -> None:
    pipeline.clock.at = next_vendor_day(pipeline.clock.now()) + timedelta(hours=1)
    limit(pipeline, marketing=100)
    sandbox.misbehave(quotas={"vivo": 0})
    await pipeline.register(3, "vivo")
    await world.send(world.to_each(*NAMES[:3], options=MARKETING))
    found = await state(pipeline, 100)
    assert (found.used, found.reserved, found.left) == (0, 0, 0)
    labels = {slot.label.split("|")[2] for slot in await world.slots()}
    assert labels == {"quota"}
