"""The laws of API keys in several processes, in any order of calls (hypothesis).

A key that exists is accepted everywhere, with the secret that it has now. A key that is accepted
existed within the last second.
"""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from redis.asyncio import Redis
from tests.support.api_keys import open_api_keys
from tests.support.clock import Elapsed
from tests.support.engines import Engine

from pushgate.apps.key_table import MAX_AGE, MAX_KEYS
from pushgate.domain.app import Scope
from pushgate.domain.errors import Unauthorized
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings

PROCESSES = st.integers(0, 2)
T = TypeVar("T")


class Keys(RuleBasedStateMachine):
    """What operators, callers and losses of data do with the keys of three processes."""

    url = ""
    max_keys = MAX_KEYS

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis: Redis = connect(RedisSettings(url=self.url, max_connections=8))
        self.do(self.redis.flushdb())
        self.elapsed = Elapsed()
        self.processes = [open_api_keys(self.redis, self.elapsed, self.max_keys) for _ in range(3)]
        self.revoked_at: dict[str, float | None] = {}

    def do(self, call: Awaitable[T]) -> T:
        """Run a call to its end. What it started in the background goes on with the next one."""
        return self.loop.run_until_complete(call)

    def existing(self) -> list[str]:
        return [text for text, revoked_at in self.revoked_at.items() if revoked_at is None]

    @rule(process=PROCESSES)
    def create(self, process: int) -> None:
        self.revoked_at[self.do(self.processes[process].create("shop", [Scope.READ]))] = None

    @precondition(lambda self: self.existing())
    @rule(process=PROCESSES, choice=st.integers(0, 99))
    def revoke(self, process: int, choice: int) -> None:
        text = self.existing()[choice % len(self.existing())]
        self.do(self.processes[process].revoke(text.split("_")[1]))
        self.revoked_at[text] = self.elapsed()

    @precondition(lambda self: self.existing())
    @rule(process=PROCESSES, choice=st.integers(0, 99))
    def rotate(self, process: int, choice: int) -> None:
        """Without overlap: the text before ends as one that is revoked."""
        text = self.existing()[choice % len(self.existing())]
        rotated = self.do(self.processes[process].rotate(text.split("_")[1], timedelta(0)))
        self.revoked_at[text] = self.elapsed()
        self.revoked_at[rotated] = None

    @rule(seconds=st.sampled_from([0.1, 0.3, 0.5, 0.6, 1.0]))
    def advance(self, seconds: float) -> None:
        self.elapsed.advance(seconds)

    @rule()
    def overflow_the_log(self) -> None:
        """Many changes have come since."""
        self.do(self.redis.ltrim("{q}:key-changes", -1, -1))

    @rule()
    def lose_all_data(self) -> None:
        self.do(self.redis.flushdb())
        for text in self.existing():
            self.revoked_at[text] = self.elapsed()

    @precondition(lambda self: self.revoked_at)
    @rule(process=PROCESSES, choices=st.lists(st.integers(0, 99), min_size=1, max_size=5))
    def authenticate(self, process: int, choices: list[int]) -> None:
        """Several requests at once."""
        texts = [list(self.revoked_at)[choice % len(self.revoked_at)] for choice in choices]
        for text, accepted in zip(texts, self.do(self._authenticate(process, texts)), strict=True):
            revoked_at = self.revoked_at[text]
            if revoked_at is None:
                assert accepted
            elif accepted:
                assert self.elapsed() - revoked_at < MAX_AGE.total_seconds()

    async def _authenticate(self, process: int, texts: list[str]) -> list[bool]:
        keys = self.processes[process]
        found = await asyncio.gather(*(keys.authenticate(text) for text in texts), return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException) and not isinstance(one, Unauthorized):
                raise one
        return [not isinstance(one, BaseException) for one in found]

    def teardown(self) -> None:
        for keys in self.processes:
            self.do(keys.close())
        self.do(self.redis.aclose())
        self.loop.close()


@pytest.mark.parametrize("bound", [MAX_KEYS, 3], ids=["all in memory", "more than memory takes"])
def test_keys_are_never_a_second_behind(valkey: Engine, bound: int) -> None:
    class Machine(Keys):
        url = valkey.url.replace("db=0", "db=9984")
        max_keys = bound

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
