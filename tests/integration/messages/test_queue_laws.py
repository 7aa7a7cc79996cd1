"""The laws of the queue under two schedulers, callers and recovery, in any order of calls
(hypothesis).

One scheduler at a time holds a message. The message is in the one index of its status, and never
begins again once it was sent or cancelled. Its audience, read in pieces, does not change and is
kept exactly as long as the message.
"""

import asyncio
import itertools
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace
from redis.asyncio import Redis
from tests.support.clock import SetClock
from tests.support.engines import Engine

from pushgate.domain.audience import AudienceKind, AudienceSummary, ByUser
from pushgate.domain.errors import Conflict
from pushgate.domain.message import Content, Message, Status
from pushgate.domain.message_id import new_id
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores

LEASE = timedelta(seconds=30)
RETENTION = timedelta(days=1)
USERS = tuple(f"u{n}" for n in range(600))
HOLDERS = st.sampled_from(["one", "two"])
INDEXES = {
    Status.SCHEDULED: [{"schedule"}],
    Status.DISPATCHING: [{"dispatching"}],
    Status.SENDING: [{"sending"}],
    Status.PAUSED: [{"paused"}, {"paused", "dispatching"}],  # a scheduler may hold it still
    Status.SENT: [{"settling"}, set()],
    # The scheduler that holds the message leaves it to recovery. A worker may have finished it
    # meanwhile.
    Status.CANCELLED: [
        set(some)
        for size in range(4)
        for some in itertools.combinations(("dispatching", "sending", "settling"), size)
    ],
}
_numbers = itertools.count()
T = TypeVar("T")


class Queue(RuleBasedStateMachine):
    """Everything that callers, schedulers and recovery do with one message."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis: Redis = connect(RedisSettings(url=self.url, max_connections=4))
        self.clock = SetClock()
        self.stores = Stores.open(self.redis, self.clock, RETENTION)
        self.app = f"queue{next(_numbers)}"
        now = self.clock.now()
        summary = AudienceSummary(AudienceKind.USERS, len(USERS))
        self.message = Message(
            id=new_id(now),
            app=self.app,
            content={"en": Content("t", "b")},
            default_language="en",
            push_at=now + timedelta(seconds=5),
            created_at=now,
            audience=summary,
        )
        self.do(self.stores.messages.put(self.message, audience=ByUser(USERS)))
        self.holder: str | None = None
        self.held_until = now
        self.over: Status | None = None
        self.is_planned = False
        self.pauses = 0
        self.paused_while: Status | None = None

    def do(self, command: Awaitable[T]) -> T:
        """Run one command to its end."""
        return self.loop.run_until_complete(self._end(command))

    async def _end(self, command: Awaitable[T]) -> T:
        return await command

    @property
    def id(self) -> str:
        return self.message.id

    def status(self) -> Status:
        return self.do(self.stores.messages.read_envelope(self.app, self.id)).status

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(holder=HOLDERS)
    def claim(self, holder: str) -> None:
        now = self.clock.now()
        claimed = [e for e in self.do(self.stores.claims.claim(now, LEASE, holder, 1000)) if e.id == self.id]
        if claimed:
            assert self.holder is None or now >= self.held_until, "somebody else holds it"
            assert claimed == [self.message.envelope]
            assert self.over is None, "it was over"
            self.holder, self.held_until = holder, now + LEASE
        elif now >= self.held_until and self.status() in (Status.CANCELLED, Status.PAUSED):
            self.holder = None  # the lease ran out, and nobody plans the message any more

    @rule(holder=HOLDERS)
    def renew(self, holder: str) -> None:
        until = self.clock.now() + LEASE
        held = self.do(self.stores.claims.renew(self.id, holder, until))
        assert (held is not None) == (self.holder == holder)
        if held is not None:
            self.held_until = until

    @rule(holder=HOLDERS, later=st.integers(0, 2))
    def put_back(self, holder: str, later: int) -> None:
        """Its dispatch was interrupted."""
        at = self.clock.now() + timedelta(seconds=later)
        given_up = self.do(self.stores.claims.put_back(self.id, holder, at))
        assert (given_up is not None) == (self.holder == holder)
        if given_up is not None:
            self.holder = None
            if given_up is Status.DISPATCHING:
                assert self.do(self.redis.zscore("{q}:dispatching", self.id)) == at.timestamp() * 1000

    @rule(holder=HOLDERS)
    def submitted(self, holder: str) -> None:
        done = self.do(self.stores.claims.mark_submitted(self.id, holder, self.clock.now()))
        assert (done is not None) == (self.holder == holder)
        if done is not None:
            self.holder, self.is_planned = None, True

    @rule()
    def lose_a_plan(self) -> None:
        """Recovery finds a shard without one."""
        before = self.status()
        self.do(self.stores.lifecycle.replan(self.app, self.id))
        self.is_planned = self.is_planned and before is not Status.SENDING
        assert self.status() is (Status.DISPATCHING if before is Status.SENDING else before)

    @rule()
    def finish(self) -> None:
        before = self.status()
        self.do(self.stores.lifecycle.finish(self.app, self.id))
        if before is Status.SENDING or (before is Status.PAUSED and self.is_planned):
            self.over = Status.SENT

    @rule()
    def settle(self) -> None:
        if self.over is not None:
            self.do(self.stores.lifecycle.settle(self.app, self.id))

    @rule()
    def cancel(self) -> None:
        try:
            self.do(self.stores.messages.cancel(self.app, self.id))
        except Conflict:
            assert self.over is Status.SENT
        else:
            self.over = Status.CANCELLED

    @rule()
    def pause(self) -> None:
        before = self.status()
        status, number = self.do(self.stores.message_pauses.pause(self.app, self.id))
        assert status is (self.over or Status.PAUSED)
        self.pauses += self.over is None and before is not Status.PAUSED
        assert number == self.pauses
        if self.over is None and before is not Status.PAUSED:
            self.paused_while = before

    @rule()
    def resume(self) -> None:
        before = self.status()
        status = self.do(self.stores.message_pauses.resume(self.app, self.id))
        if before is not Status.PAUSED:
            assert status is before
        elif self.paused_while is Status.SCHEDULED:
            assert status is Status.SCHEDULED
        else:
            assert status is Status.DISPATCHING
            self.holder, self.is_planned = None, False

    @rule(later=st.integers(1, 60))
    def change(self, later: int) -> None:
        push_at = self.clock.now() + timedelta(seconds=later)
        try:
            entry = self.do(
                self.stores.revisions.reschedule(
                    self.app, self.id, lambda found: replace(found, push_at=push_at)
                )
            )
        except Conflict:
            assert self.status() is not Status.SCHEDULED
        else:
            self.message = entry.message

    @precondition(lambda self: self.over is None)
    @rule()
    def check(self) -> None:
        now = self.clock.now()
        checks = [
            found
            for found in self.do(self.stores.lifecycle.unfinished(now, now, 1000))
            if found.envelope.id == self.id
        ]
        assert all(found.envelope == self.message.envelope for found in checks)
        assert all(found.status is Status.SENDING for found in checks)

    @invariant()
    def a_finished_message_stays_finished(self) -> None:
        assert self.over is None or self.status() is self.over

    @invariant()
    def it_is_in_the_index_of_its_status(self) -> None:
        names = ("schedule", "dispatching", "sending", "settling", "paused")
        found = {name for name in names if self.do(self.redis.zscore(f"{{q}}:{name}", self.id)) is not None}
        assert found in INDEXES[self.status()]

    @invariant()
    def its_audience_is_kept_with_it(self) -> None:
        keys = [f"{{q}}:{kind}:{self.id}" for kind in ("message", "audience")]
        until = self.stores.retention.keep_until(self.message).timestamp() * 1000
        assert [self.do(self.redis.pexpiretime(key)) for key in keys] == [until, until]
        assert self.do(self._listed()) == USERS

    async def _listed(self) -> tuple[str, ...]:
        found: tuple[str, ...] = ()
        async for piece in self.stores.audiences.read(self.id, self.message.audience):
            assert isinstance(piece, ByUser)
            found += piece.users
        return found

    def teardown(self) -> None:
        self.do(self.redis.zrem("{q}:schedule", self.id))
        for name in ("dispatching", "sending", "settling", "paused"):
            self.do(self.redis.zrem(f"{{q}}:{name}", self.id))
        self.do(self.redis.aclose())
        self.loop.close()


def test_the_laws_of_the_queue(valkey: Engine) -> None:
    class Machine(Queue):
        url = valkey.url

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
