"""Commands of writers on small messages of one home, in any order, each repeated as if its first
answer was lost (hypothesis). Each answer is held against the model; `bundle_laws` adds the laws.
"""

import asyncio
import itertools
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from redis.asyncio import Redis
from tests.support.bundle_model import (
    ModelBundle,
    ModelMessage,
)
from tests.support.bundles import RETENTION, SmallWorld, small
from tests.support.clock import SetClock
from tests.support.event_sums import EventSums

from pushgate.bundles.bodies import encode
from pushgate.bundles.segment_values import KeyRecord, PutResult, PutVerdict, Segment, WaitingSegment
from pushgate.bundles.values import INLINE, CellKind
from pushgate.domain.app import App
from pushgate.domain.clock import to_ms
from pushgate.domain.message import Delivery, Options, Priority
from pushgate.domain.message_id import Position, small_id
from pushgate.redis.client import connect
from pushgate.settings.redis import RedisSettings
from pushgate.stores import Stores


@dataclass
class DrawnMessage:
    """What hypothesis chooses of a message."""

    targets: int
    at_most_once: bool
    key: int | None


T = TypeVar("T")
VENDORS = ("apns", "fcm", "huawei")
SHARDS = (0, 1, INLINE)
DRAWS = st.builds(
    DrawnMessage,
    targets=st.integers(0, 5),
    at_most_once=st.booleans(),
    key=st.sampled_from([None, None, 1, 2, 3]),
)
_numbers = itertools.count()


def stored_of(results: Sequence[Sequence[PutResult]]) -> list[list[bool]]:
    """Which messages are stored."""
    return [[one.verdict is PutVerdict.STORED for one in row] for row in results]


class BundleWriterCommands(RuleBasedStateMachine):
    """Commands of writers on one home."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.redis: Redis = connect(RedisSettings(url=self.url, max_connections=4))
        self.clock = SetClock()
        self.app = App(f"machine{next(_numbers)}")
        self.world = SmallWorld(self.redis, self.clock, self.app)
        self.home = self.world.home
        self.events = EventSums(Stores.open(self.redis, self.clock, RETENTION), self.app)
        self.do(self.events.subscribe())
        self.messages: dict[str, ModelMessage] = {}
        self.placed: dict[int, ModelBundle] = {}
        self.keys: dict[int | None, bytes] = {}
        self.claims: list[tuple[bool, list[WaitingSegment]]] = []
        self.terminals = itertools.count(1)
        self.page = self.do(self.world.segments.new_page(self.home))
        self.segments = itertools.count()

    def do(self, command: Coroutine[object, object, T]) -> T:
        """Run one command to its end."""
        return self.loop.run_until_complete(command)

    def ask(self, command: object) -> object:
        """Run one command of Redis to its end."""
        return self.loop.run_until_complete(command)  # type: ignore[arg-type]  # a coroutine

    @property
    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    @property
    def now_s(self) -> int:
        return self.now_ms // 1000

    def waiting(self) -> tuple[int, int]:
        """Messages that are scheduled, and sends that are open, by the model."""
        scheduled = sum(message.kind is CellKind.WAITS for message in self.messages.values())
        return scheduled, sum(bundle.open() for bundle in self.placed.values())

    @rule(
        groups=st.lists(st.lists(DRAWS, min_size=1, max_size=5), min_size=1, max_size=3),
        later=st.sampled_from([0, 0, 0, 40]),
        ttl=st.sampled_from([25, 600, 600]),
        urgent=st.booleans(),
        room=st.sampled_from([None, None, None, 20]),
    )
    def put(
        self, groups: list[list[DrawnMessage]], later: int, ttl: int, urgent: bool, room: int | None
    ) -> None:
        """A writer stores segments, and repeats the call, as if the first answer was lost."""
        now, push_at = self.clock.now(), self.clock.now() + timedelta(seconds=later)
        free = 1000 if room is None else max(0, room - sum(self.waiting()))
        segments, expected = list[Segment](), list[list[PutResult]]()
        for drawn in groups:
            number = next(self.segments)
            ids = [small_id(to_ms(now), Position(0, self.page, number, at)) for at in range(len(drawn))]
            messages = [small(push_at=push_at, options=self._options(one, ttl, urgent)) for one in drawn]
            keys = [
                KeyRecord(f"k{one.key}", message_id.encode()) if one.key else None
                for one, message_id in zip(drawn, ids, strict=True)
            ]
            segments.append(
                Segment(
                    number=number,
                    push_at=push_at,
                    urgent=urgent,
                    bodies=encode(messages, self.now_ms, 0),
                    count=len(drawn),
                    keys=keys if any(keys) else (),
                )
            )
            expires_s = self.now_s + later + ttl
            expected.append([])
            for at, (one, message_id) in enumerate(zip(drawn, ids, strict=True)):
                result = self._expected_result(one, free)
                expected[-1].append(result)
                if result.verdict is PutVerdict.STORED:
                    free -= 1
                    self._note_stored(one, message_id, (self.page, number, at), urgent, expires_s)
        until = push_at + RETENTION
        for attempt in range(2):
            found = self.do(
                self.world.segments.put(
                    self.home,
                    self.page,
                    segments,
                    created_at=now,
                    contents_until=until,
                    results_until=until,
                    max_waiting=room,
                )
            )
            assert attempt or found == expected
            assert stored_of(found) == stored_of(expected)

    def _expected_result(self, drawn: DrawnMessage, free: int) -> PutResult:
        if drawn.key in self.keys:
            return PutResult(PutVerdict.KNOWN, self.keys[drawn.key])
        return PutResult(PutVerdict.STORED if free else PutVerdict.FULL)

    def _note_stored(
        self, drawn: DrawnMessage, message_id: str, at: tuple[int, int, int], urgent: bool, expires_s: int
    ) -> None:
        if drawn.key:
            self.keys[drawn.key] = message_id.encode()
        self.messages[message_id] = ModelMessage(
            id=message_id,
            place=at[:2],
            index=at[2],
            urgent=urgent,
            targets=[
                (VENDORS[number % 3], (SHARDS[number % 3], next(self.terminals)))
                for number in range(drawn.targets)
            ],
            at_most_once=drawn.at_most_once,
            expires_s=expires_s,
        )

    def _options(self, drawn: DrawnMessage, ttl: int, urgent: bool) -> Options:
        return Options(
            ttl=timedelta(seconds=ttl),
            priority=Priority.HIGH if urgent else Priority.NORMAL,
            delivery=Delivery.AT_MOST_ONCE if drawn.at_most_once else Delivery.AT_LEAST_ONCE,
        )
