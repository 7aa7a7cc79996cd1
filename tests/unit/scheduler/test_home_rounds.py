"""Many homes have rounds at once, an app's share is bounded, and one's fault stops no other."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from pushgate.bundles.values import Home
from pushgate.domain.app import App
from pushgate.domain.errors import EngineUnavailable
from pushgate.scheduler.home_rounds import MAX_RUNNING, MAX_RUNNING_OF_APP, HomeRounds

NO_PACE = timedelta(0)


class Rounds:
    """Rounds that last until a test ends them."""

    def __init__(self, backlog: int = 0) -> None:
        self.running: Counter[str] = Counter()
        self.highest: Counter[str] = Counter()
        self.begun: list[Home] = []
        self.backlog = backlog
        self.gate = asyncio.Event()

    async def __call__(self, home: Home) -> bool:
        self.begun.append(home)
        for name in (home.app.name, "all", f"{home.app.name}:{home.shard}"):
            self.running[name] += 1
            self.highest[name] = max(self.highest[name], self.running[name])
        await self.gate.wait()
        await asyncio.sleep(0)
        for name in (home.app.name, "all", f"{home.app.name}:{home.shard}"):
            self.running[name] -= 1
        self.backlog -= home.app.name == "busy"
        return home.app.name == "busy" and self.backlog > 0


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_home_has_one_round_at_a_time_and_an_app_a_few() -> None:
    work = Rounds()
    rounds = HomeRounds(work, NO_PACE)
    for _ in range(3):
        for shard in range(4):
            for app in range(8):
                rounds.wake(Home(App(f"app{app}", 4), shard))
        await settle()
    assert work.running["all"] == MAX_RUNNING
    work.gate.set()
    await rounds.wait_until_idle()
    assert work.highest["app0"] <= MAX_RUNNING_OF_APP
    assert work.highest["app0:0"] == 1
    assert work.highest["all"] == MAX_RUNNING
    assert set(Counter(work.begun).values()) <= {1, 2}


async def test_an_app_alone_has_a_few_rounds_at_once() -> None:
    work = Rounds()
    rounds = HomeRounds(work, NO_PACE)
    for shard in range(8):
        rounds.wake(Home(App("shop", 8), shard))
    await settle()
    assert work.running["all"] == MAX_RUNNING_OF_APP
    work.gate.set()
    await rounds.wait_until_idle()
    assert len(work.begun) == 8


async def test_an_app_with_a_backlog_lets_others_have_their_rounds() -> None:
    work = Rounds(backlog=1000)
    work.gate.set()
    rounds = HomeRounds(work, NO_PACE)
    for shard in range(16):
        rounds.wake(Home(App("busy", 16), shard))
    await settle()
    seen = len(work.begun)
    rounds.wake(Home(App("quiet"), 0))
    await rounds.wait_until_idle()
    names = [home.app.name for home in work.begun[seen:]]
    assert names.index("quiet") <= 2 * MAX_RUNNING
    assert len(work.begun) > 1000


@pytest.mark.parametrize("error", [EngineUnavailable("gone"), RuntimeError("a fault of ours")])
async def test_a_round_that_fails_stops_nothing(error: Exception) -> None:
    done: list[str] = []

    async def work(home: Home) -> bool:
        done.append(home.app.name)
        if home.app.name == "bad":
            raise error
        return False

    rounds = HomeRounds(work, NO_PACE)
    for name in ("bad", "good", "bad"):
        rounds.wake(Home(App(name), 0))
        await rounds.wait_until_idle()
    assert done == ["bad", "good", "bad"]


async def test_no_round_begins_once_stopped() -> None:
    work = Rounds()
    rounds = HomeRounds(work, NO_PACE)
    home = Home(App("shop"), 0)
    rounds.wake(home)
    await settle()
    rounds.wake(home)
    rounds.stop()
    work.gate.set()
    await rounds.wait_until_idle()
    assert len(work.begun) == 1
