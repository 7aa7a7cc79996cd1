"""A scheduler that dies between any two commands loses no message and sends none twice."""

import itertools
from datetime import timedelta

import pytest
from tests.support.bundles import small as message
from tests.support.interrupted_redis import InterruptedRedis, Killed, die
from tests.support.small_scheduler import PATIENCE, SHOP, SmallScheduler

from pushgate.bundles.values import CellKind, Home
from pushgate.dispatch.gearman.submitter import Submitter
from pushgate.domain.audience import ByTerminal, ByUser
from pushgate.domain.outcome import State
from pushgate.scheduler.small_dispatcher import CLAIM_LEASE


async def store(small: SmallScheduler) -> list[str]:
    now = small.clock.now()
    await small.register(4)
    await small.register(2, vendor="fcm", user="ann")
    await small.register(65, user="fleet")
    messages = [message(push_at=now, audience=ByTerminal((f"t{n % 4}", f"ann{n % 2}"))) for n in range(20)]
    messages += [message(push_at=now, audience=ByUser((user,))) for user in ("ann", "nobody", "fleet")]
    return await small.store(messages, per_segment=8)


async def finish(small: SmallScheduler, ids: list[str]) -> None:
    """Another scheduler and a worker do the rest, and every message is sent once."""
    small.clock.advance(CLAIM_LEASE.total_seconds())
    await small.run_rounds()
    small.clock.advance(PATIENCE.total_seconds())
    await small.context.job_limiter.refill()
    await small.look()
    bundles = {slot.bundle for account in await small.accounts(ids) for slot in account.slots}
    jobs = await small.work_off(sum((await small.queued()).values()))
    assert {job.bundle for job in jobs} == bundles, "every bundle was submitted"
    accounts = await small.accounts(ids)
    assert [len(account.slots) for account in accounts] == [2] * 21 + [0, 0]
    assert [account.kind for account in accounts[21:]] == [CellKind.NOBODY, CellKind.LARGE]
    assert {slot.state for account in accounts for slot in account.slots} == {State.ACCEPTED}
    assert await small.stores.segments.waiting(Home(SHOP, 0)) == (0, 0)
    await assert_noted_once(small, "t0", [ids[number] for number in range(0, 20, 4)])
    await assert_noted_once(small, "ann1", [*(ids[number] for number in range(1, 20, 2)), ids[20]])
    await small.stores.messages.read("shop", ids[-1])


async def assert_noted_once(small: SmallScheduler, terminal: str, ids: list[str]) -> None:
    """The terminal's history has each of its messages once."""
    (slots,) = await small.stores.locations.locate(SHOP, [terminal])
    page = await small.stores.tracked.histories.page(SHOP, slots, None, 100)
    noted = [entry.message_id for entry in page.entries if entry.message_id in ids]
    assert sorted(noted) == sorted(ids)


@pytest.mark.parametrize("answered", [False, True], ids=["before a command", "before its answer"])
async def test_a_death_at_any_command_loses_nothing_and_sends_nothing_twice(
    small: SmallScheduler, answered: bool
) -> None:
    for dies_at in itertools.count(1):
        ids = await store(small)
        death = {dies_at: die}
        mortal = InterruptedRedis.of(small.redis, *(({}, death) if answered else (death, {})))
        try:
            await small.over(mortal).run_rounds()
        except Killed:
            await finish(small, ids)
        else:
            assert dies_at > 6, "the rounds have several commands"
            return


class MortalSubmitter(Submitter):
    """Dies in place of submitting."""

    async def submit(self, jobs: object) -> None:
        raise Killed


async def test_a_death_before_the_submission_delays_a_quiet_app_by_seconds(small: SmallScheduler) -> None:
    ids = await store(small)
    limiter = small.context.job_limiter
    await limiter.refill()
    assert limiter.is_quiet("shop")
    real = limiter._submitter  # the rest of the limiter stays as it is
    limiter._submitter = MortalSubmitter([small.server.url], 5)
    with pytest.raises(Killed):
        await small.run_rounds()
    limiter._submitter = real
    await small.look()
    assert await small.queued() == {}
    small.clock.advance(2)
    await small.look()
    assert await small.queued() == {"bundle.apns.shop": 1, "bundle.fcm.shop": 1}
    await small.work_off(2)
    accounts = await small.accounts(ids)
    assert {slot.state for account in accounts for slot in account.slots} == {State.ACCEPTED}


async def test_without_gearman_messages_are_placed_and_submitted_later(small: SmallScheduler) -> None:
    ids = await store(small)
    nowhere, limiter = Submitter(["127.0.0.1:1"], 1), small.context.job_limiter
    real, limiter._submitter = limiter._submitter, nowhere
    await small.run_rounds()
    assert {account.kind for account in await small.accounts(ids)} >= {CellKind.SCATTERED}
    limiter._submitter = real
    await finish(small, ids)
    await nowhere.close()


def test_a_claim_ends_before_its_messages_are_late() -> None:
    assert timedelta(seconds=1) < CLAIM_LEASE <= timedelta(seconds=5)
